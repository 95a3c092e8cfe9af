"""`print`: a config as it is used, with the origin of each value, as YAML that can be loaded again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItem
from pipeline.config.drafts import Draft
from pipeline.config.findings import Findings
from pipeline.config.layers import CHANGES, Layers
from pipeline.config.loading import checked, lay
from pipeline.config.shipped import config_file
from pipeline.config.tool_drafts import ToolDrafts, name_of
from pipeline.config.toplevel import Config, Keys
from pipeline.config.writing import scalar, text, written
from pipeline.config.yaml import nodes
from pipeline.config.yaml.nodes import Node, Scalar
from pipeline.environment.variables import process_environment
from pipeline.faults import ConfigError, Place
from pipeline.file_stamps import real
from pipeline.redaction.secrets import masked_source
from pipeline.terminal.columns import padded

WIDE = 100  # columns up to which a list stays on one line
NOTES = 56  # the column of the comments, unless a line is longer

_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)")


class PrintedLine(msgspec.Struct):
    """A line of the print: its text, and if it has a value, the value's path, YAML and origin."""

    text: str
    path: str = ""
    value: str = ""
    origin: str = ""


def print_config(
    path: str | Path,
    changes: Sequence[str] = (),
    swap: str | None = None,
    defaults: bool = False,
    as_json: bool = False,
    env: Mapping[str, str] | None = None,
) -> int:
    """Print a config with all that it extends, its swaps and its changes; return the exit code.

    The output is YAML with the same meaning if saved beside the config, except that literal secrets print as `•••`.
    `defaults` adds the settings that are left at their defaults. Raises ConfigError.
    """
    found = lines(config_file(path), changes, swap, defaults, process_environment() if env is None else env)
    for each in found:
        each.text, each.value = masked_source(each.text), each.value if masked_source(each.text) == each.text else "•••"
    if as_json:
        rows = [{"path": each.path, "value": each.value, "origin": each.origin} for each in found if each.origin]
        print(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    else:
        # No colours and no isolates, even on a terminal: it is copied from there into a file.
        print("\n".join(f"{padded(each.text, NOTES)}  # {each.origin}" if each.origin else each.text for each in found))
    return 0


def lines(
    path: Path, changes: Sequence[str], swap: str | None, defaults: bool, env: Mapping[str, str]
) -> list[PrintedLine]:
    """Return the lines of a config's print; raises ConfigError."""
    findings = Findings()
    layers = lay(path, findings, swap, changes)
    config = None if layers is None else checked(layers, path, findings, env)
    if layers is None or config is None:
        raise ConfigError(findings.faults + findings.warnings, findings.lines)
    return list(_Print(real(path).parent, findings, env, defaults).config(layers, config))


class _Print:
    """One print of a config: masks secrets, makes files relative to its folder, and names variables in origins."""

    def __init__(self, folder: Path, findings: Findings, env: Mapping[str, str], defaults: bool) -> None:
        self.folder, self.findings, self.env, self.defaults = folder, findings, env, defaults

    def config(self, layers: Layers, config: Config) -> Iterator[PrintedLine]:
        for name, (_, node) in layers.keys.items():
            if name not in CHANGES:
                yield from self.entry(0, name, node, name)
                yield from self.others(name, node, getattr(config, name))
        left = [each for each in spec.fields(Keys) if each.name not in layers.keys and each.name != "name"]
        yield from self.left(0, left, config, "")
        yield PrintedLine("pipeline:")
        words = [each.word for each in config.steps]
        standing = enumerate(config.steps)
        for draft in layers.steps or ():
            if draft.dropped is not None:
                yield PrintedLine(f"  # - {draft.word.text}", draft.word.text, "", f"{_whence(draft.dropped)}, dropped")
                continue
            index, step = next(standing)
            count = words[: index + 1].count(step.word)
            yield from self.step(draft, step, f"{step.word}[{count}]" if words.count(step.word) > 1 else step.word)
        yield from self.tools(layers.tools, config)

    def tools(self, written: ToolDrafts, config: Config) -> Iterator[PrintedLine]:
        """Yield the tools, and those that take the place of a function of a file."""
        if written.items:
            yield PrintedLine("tools:")
        for draft in written.items:
            at = draft.word.at
            known = (it for it in config.tools if (it.file, it.line, it.column) == (at.file, at.line, at.column))
            if (item := next(known, None)) is not None:
                yield from self.step(draft, item, f"tools.{name_of(draft)}")
            else:  # each of its functions has a stand-in
                yield PrintedLine(f"  - {self.short(draft)}", "", "", self.origin(draft.word))
        if written.swaps:
            yield PrintedLine("swap:")
        for key, draft in written.swaps:
            yield PrintedLine(f"  {key.text}: {{{self.short(draft)}}}", key.text, "", self.origin(draft.word))

    def short(self, draft: Draft) -> str:
        """Return a tool on one line."""
        settings = ", ".join(f"{text(name)}: {self.inline(node)}" for name, (_, node) in draft.settings.items())
        return f"{draft.word.text}: {{{settings}}}"

    def others(self, name: str, node: Node, group: Any) -> Iterator[PrintedLine]:
        """Yield the keys inside a top-level group that are left at their defaults."""
        if isinstance(node, nodes.Mapping) and isinstance(group, msgspec.Struct):
            given = {key.text for key, _ in node.entries}
            left = [each for each in spec.fields(type(group)) if each.name not in given]
            yield from self.left(2, left, group, f"{name}.")

    def step(self, draft: Draft, step: Step | ToolItem, path: str) -> Iterator[PrintedLine]:
        left = [each for each in spec.fields(step.kind.Settings) if each.name not in draft.settings]
        empty = not draft.settings and not (self.defaults and left)
        yield PrintedLine(
            f"  - {step.word}{'' if empty else ':'}", path, step.word, _said(self.origin(draft.word), draft.origin)
        )
        for name, (_, node) in draft.settings.items():
            yield from self.entry(6, name, node, f"{path}.{name}")
        yield from self.left(6, left, step.settings, f"{path}.")

    def entry(self, indent: int, name: str, node: Node, path: str) -> Iterator[PrintedLine]:
        """Yield a key and its value, on as many lines as it takes."""
        key, short = " " * indent + text(name), self.inline(node)
        flat = isinstance(node, nodes.Sequence) and all(isinstance(each, Scalar) for each in node.items)
        if isinstance(node, nodes.Mapping) and node.entries:
            yield PrintedLine(f"{key}:")
            for inner, value in node.entries:
                yield from self.entry(indent + 2, inner.text, value, f"{path}.{inner.text}")
        elif isinstance(node, nodes.Sequence) and not (flat and len(key) + len(short) < WIDE):
            yield PrintedLine(f"{key}:")
            for number, item in enumerate(node.items, 1):
                short = self.inline(item)
                yield PrintedLine(f"{' ' * indent}  - {short}", f"{path}[{number}]", short, self.origin(item))
        else:
            yield PrintedLine(f"{key}: {short}", path, short, self.origin(node))

    def left(self, indent: int, fields: Iterable[spec.Field], owner: Any, path: str) -> Iterator[PrintedLine]:
        """Yield these fields of `owner` at their defaults; none unless `defaults` is on."""
        for field in fields if self.defaults else ():
            value = written(getattr(owner, field.attribute), field.type)
            yield PrintedLine(f"{' ' * indent}{field.name}: {value}", path + field.name, value, "default")

    def inline(self, node: Node) -> str:
        """Return a value as YAML on one line."""
        if isinstance(node, Scalar):
            return self.scalar(node)
        if isinstance(node, nodes.Sequence):
            return "[" + ", ".join(map(self.inline, node.items)) + "]"
        if isinstance(node, nodes.Mapping):
            return "{" + ", ".join(f"{text(key.text)}: {self.inline(value)}" for key, value in node.entries) + "}"
        raise TypeError(f"a checked config has no {type(node).__name__}")

    def scalar(self, node: Scalar) -> str:
        if node.at in self.findings.secrets:
            return "•••"
        file = self.findings.named.get(node.at)
        if file is not None and node.at.line and "${" not in node.text:
            return text(os.path.relpath(file, self.folder))
        return scalar(node.text, node.plain)

    def origin(self, node: Node) -> str:
        place = _whence(node.at)
        names = dict.fromkeys(_VARIABLE.findall(_text(node)))
        said = [f"{name} {'from the environment' if self.env.get(name) else 'at its default'}" for name in names]
        return _said(place, *said)


def _said(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _whence(at: Place) -> str:
    if at.file == "swap":
        return "--swap"
    return "--set" if at.file.startswith("--set ") else f"{at.file}:{at.line}"


def _text(node: Node) -> str:
    """Return all texts in a node, to find the variables in them."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, nodes.Sequence):
        return "\n".join(map(_text, node.items))
    return "\n".join(_text(value) for _, value in node.entries) if isinstance(node, nodes.Mapping) else ""
