"""Reading single values: fills in a scalar's variables and converts its text to a field's type."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pipeline.config.convert import Unfit, convert, shown
from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Node, Scalar, Sequence
from pipeline.config.yaml.variables import Value, resolve
from pipeline.environment.pasted import cleaned, is_placeholder, key_fault
from pipeline.environment.variables import PLACEHOLDER
from pipeline.faults import Place, nearest
from pipeline.redaction.secrets import LEAST_SET, learn
from pipeline.settings import FilePath, Secret

BROKEN: Any = object()  # a value that could not be read; its fault is noted


def nearest_file(path: Path) -> str:
    """Return the name of the file, in the folder of a missing path, that looks most like it; blank if none does."""
    try:
        names = {each.stem: each.name for each in path.parent.iterdir() if each.is_file()}
    except (OSError, ValueError):
        return ""
    return names.get(nearest(path.stem, names), "")


class Values:
    """Reads single values: variables from `environment`, files relative to the config that names them."""

    def __init__(self, findings: Findings, environment: Mapping[str, str], folder: Path) -> None:
        self.findings = findings
        self.environment = environment
        self.folder = folder  # folder of values that are in no file
        self.outputs = folder  # folder that the folders written to are relative to

    def nothing(self, node: Node) -> bool:
        """True if a node stands for None: it is blank, or a variable that may be blank and is."""
        if not isinstance(node, Scalar):
            return False
        value = resolve(node, self.environment, Findings())
        return value is not None and value.meaning is None and (value.filled or node.plain)

    def scalar(self, node: Scalar, bare: Any, said: dict[str, Any], name: str) -> Any:
        """Read one value."""
        value = resolve(node, self.environment, self.findings)
        # Hidden before any fault about it can show the line that it stands on.
        if bare is Secret:
            self.literal(node, value, name)
        if value is None:
            return BROKEN
        if value.meaning is None and not value.filled and bare is not Any:
            return self.unfit(node.at, name, "a value", "and has none")
        if bare is FilePath:
            return self.file(node, value, name)
        if bare is Secret and (value := self.key(node, value, name)) is None:
            return BROKEN
        try:
            made = convert(value, bare, said)
            return self.output(node, made) if said.get("kind") == "folder" else made
        except Unfit as fault:
            hint = "quote it" if bare is Secret and fault.hint else fault.hint
            return self.unfit(node.at, name, fault.wants, self.got(value, bare, fault.got), hint)

    def key(self, node: Scalar, value: Value, name: str) -> Value | None:
        """Take the marks of pasting off a secret, and warn of them; None after noting that it cannot be a key."""
        text, marks = cleaned(value.text)
        source = f"the value of {' and '.join(value.names)}" if value.names else "it"
        learn(value.text, *(self.environment.get(each, "") for each in value.names), least=LEAST_SET)
        if text == str(Secret()) and not value.names:  # as a record's config has it, in which no secret is
            return value
        if wrong := key_fault(text):
            why = PLACEHOLDER if is_placeholder(text) else wrong
            self.findings.fault(node.at, f"`{name}` is no key: {source} {why}")
            return None
        if marks:
            self.findings.warn(node.at, f"`{name}`: {source} has {marks}: left off")
        if is_placeholder(text):
            self.findings.warn(node.at, f"`{name}`: {source} {PLACEHOLDER}")
        return replace(value, text=text)

    def literal(self, node: Scalar, value: Value | None, name: str) -> None:
        """Hide a secret that is written in the file itself, and warn of it."""
        if value is None or not value.text or value.names:
            return
        self.findings.mask(node.at)
        if node.at.line:
            hint = "write ${NAME} and set the variable"
            self.findings.warn(node.at, f"`{name}` is a secret, written in the file", hint)

    def file(self, node: Scalar, value: Value, name: str) -> Any:
        """Read the path of a file, which must exist."""
        path = (self.beside(node.at) / value.text).absolute()
        self.findings.reads(path)
        if value.text and path.is_file() and os.access(path, os.R_OK):
            self.findings.named[node.at] = path
            return path
        if self.findings.lost is not None:
            self.findings.lost.append(path)
            return None
        state = "cannot be read" if value.text and path.is_file() else "is not there"
        what = f"the value of {value.names[0]}" if value.names else shown(value)
        near = "" if value.names else nearest_file(path)
        begins = f"a relative path begins at the config's folder, {self.beside(node.at)}" if value.names else ""
        hint = f"did you mean `{near}`?" if near else begins
        return self.unfit(node.at, name, "a file", f"and {what} {state}", hint)

    def output(self, node: Scalar, text: str) -> str:
        """Return the path of a folder to write to, which need not exist; raises Unfit for an unknown home folder."""
        try:
            path = Path(text).expanduser()
        except RuntimeError:
            raise Unfit("a folder", "write it without `~`", "a home folder that is not known") from None
        start = self.outputs if Path(node.at.file).is_file() else Path()
        return os.path.normpath((start / path).absolute()) if text else ""

    def beside(self, at: Place) -> Path:
        """Return the folder of the file that a place is in."""
        return Path(at.file).parent if Path(at.file).is_file() else self.folder

    def got(self, value: Value, bare: Any, got: str) -> str:
        """Describe a value in words, without showing a secret or an environment variable's value."""
        if value.names:
            return f"the value of {' and '.join(value.names)} does not fit"
        return "" if bare is Secret else f"got {got or shown(value)}"

    def got_node(self, node: Node) -> str:
        """Describe a node in words."""
        if not isinstance(node, Scalar):
            return "got a list" if isinstance(node, Sequence) else "got keys and values"
        value = resolve(node, {}, Findings())
        return f"got {shown(value)}" if value is not None and not value.filled else "got one value"

    def unfit(self, at: Place, name: str, wants: str, got: str, hint: str = "") -> Any:
        """Note that a value does not fit its field, and return BROKEN."""
        self.findings.fault(at, f"`{name}` wants {wants}" + (f", {got}" if got else ""), hint)
        return BROKEN
