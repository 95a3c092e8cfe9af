"""Reading nodes as the types that Settings declare, noting every fault on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from pipeline import catalog
from pipeline.catalog import Steps, spec
from pipeline.catalog.plugins import NONE, NotRun
from pipeline.catalog.spec import Step
from pipeline.config import rules
from pipeline.config.convert import wanted
from pipeline.config.drafts import Draft, Entry, drafts
from pipeline.config.findings import Findings
from pipeline.config.values import BROKEN, Values
from pipeline.config.writing import scalar, text
from pipeline.config.yaml.nodes import Broken, Node, Scalar, Sequence
from pipeline.config.yaml.nodes import Mapping as Tree
from pipeline.config.yaml.variables import resolve
from pipeline.faults import Place, WordError, clipped, did_you_mean, nearest
from pipeline.settings import Secret


class Reader(Values):
    """Reads everything beyond single values: lists, tables, Structs, steps."""

    def __init__(self, findings: Findings, environment: Mapping[str, str], folder: Path) -> None:
        super().__init__(findings, environment, folder)
        self.plugins = NONE
        self.tops: tuple[Path, ...] = ()  # folders that code may come from
        self.language = ""  # of the call, once it is known
        self.purpose = ""  # capability of the step being read

    def struct(self, kind: type[msgspec.Struct], entries: Iterable[Entry], at: Place, name: str) -> Any:
        """Read a Struct from its keys and values; BROKEN if any of them is."""
        known = {field.name: field for field in spec.fields(kind)}
        values, nodes, unknown = {}, {}, set()
        for key, node in entries:
            if (field := known.get(key.text)) is None:
                unknown.add(nearest(key.text, known))
                self.findings.fault(key.at, f"{name} has no setting `{clipped(key.text)}`", meant(key.text, known))
                continue
            if field.deprecated:
                self.findings.warn(key.at, f"`{key.text}` is deprecated", field.deprecated)
            nodes[key.text] = node
            values[field.attribute] = self.read(node, field.type, key.text)
        for field in known.values():
            if field.required and field.attribute not in values:
                values[field.attribute] = BROKEN
                if field.name not in unknown:  # a misspelt key is one fault, not two
                    self.findings.fault(at, f"{name} needs `{field.name}`", field.doc)
        if unknown or any(value is BROKEN for value in values.values()):
            return BROKEN
        made = kind(**values)
        return made if rules.hold(made, nodes, at, self.findings, self.language) else BROKEN

    def read(self, node: Node, annotation: Any, name: str) -> Any:
        """Read a node as the annotation's type; BROKEN, after noting the fault, if it does not fit."""
        bare, said = spec.peel(annotation)
        if isinstance(node, Broken):
            return BROKEN
        if (inner := spec.optional(bare)) is not None:
            return None if self.nothing(node) else self.read(node, inner, name)
        origin = get_origin(bare) or bare
        if origin in (Union, UnionType):
            return self.either(node, get_args(bare), name)
        if origin in (list, tuple, set, frozenset):
            return self.items(node, bare, said, name)
        if origin is dict:
            return self.table(node, (*get_args(bare), Any, Any)[1], name)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            return self.nested(node, bare, name)
        if bare in (Any, object) and not isinstance(node, Scalar):  # plain data of any shape
            return self.read(node, list[Any] if isinstance(node, Sequence) else dict[str, Any], name)
        if not isinstance(node, Scalar):
            hint = "quote text that has brackets, braces or `: ` in it" if bare is str else ""
            return self.unfit(node.at, name, wanted(annotation), self.got_node(node), hint)
        return self.scalar(node, bare, said, name)

    def items(self, node: Node, bare: Any, said: dict[str, Any], name: str) -> Any:
        """Read a list, tuple or set, and each item as its own type."""
        if not isinstance(node, Sequence):
            return self.unfit(node.at, name, "a list", self.got_node(node), _listed(node, bare))
        if bare == Steps:
            return self.steps(node)
        kinds = get_args(bare) or (Any,)
        fixed = get_origin(bare) is tuple and kinds[-1] is not ...
        if fixed and len(kinds) != len(node.items):
            return self.unfit(node.at, name, f"{len(kinds)} in its list", f"got {len(node.items)}")
        kinds = kinds if fixed else kinds[:1] * len(node.items)
        pairs = enumerate(zip(node.items, kinds, strict=True), 1)
        made = [self.read(each, kind, f"{name}[{number}]") for number, (each, kind) in pairs]
        if any(each is BROKEN for each in made):
            return BROKEN
        if len(made) < said.get("min_length", 0):
            return self.unfit(node.at, name, f"at least {said['min_length']} in its list", f"got {len(made)}")
        return (get_origin(bare) or bare)(made)

    def either(self, node: Node, kinds: tuple[Any, ...], name: str) -> Any:
        """Read a node as the first of several types that fits."""
        if isinstance(node, Scalar) and resolve(node, self.environment, self.findings) is None:
            return BROKEN
        # Faults of the types that do not fit are dropped: if none fits, one fault names all of them.
        findings, made = self.findings, BROKEN
        for kind in kinds:
            self.findings = Findings()
            made = self.read(node, kind, name)
            findings.take(self.findings, warnings=made is not BROKEN)
            if made is not BROKEN:
                break
        self.findings = findings
        got = "" if Secret in kinds else self.got_node(node)
        return made if made is not BROKEN else self.unfit(node.at, name, wanted(Union[kinds]), got)  # noqa: UP007

    def table(self, node: Node, inner: Any, name: str) -> Any:
        """Read a dict of text to values of one type."""
        if not isinstance(node, Tree):
            return self.unfit(node.at, name, "keys and values", self.got_node(node))
        made = {key.text: self.read(value, inner, f"{name}.{key.text}") for key, value in node.entries}
        return BROKEN if any(each is BROKEN for each in made.values()) else made

    def nested(self, node: Node, kind: type[Any], name: str) -> Any:
        """Read a Struct within a Struct."""
        if isinstance(node, Tree):
            return self.struct(kind, node.entries, node.at, f"`{name}`")
        return self.unfit(node.at, name, "keys and values", self.got_node(node))

    def step(self, draft: Draft, purpose: str = "") -> Any:
        """Read a step: find its word, read its settings; with a `purpose`, only a word of that capability will do."""
        word, at = draft.word.text, draft.word.at
        if purpose and catalog.capability(word) != purpose:
            words = [each for each in catalog.words() if catalog.capability(each) == purpose]
            text = f"`{clipped(word)}` cannot be a fallback here: it is no `{purpose}`"
            self.findings.fault(at, text, did_you_mean(word, words) or ("e.g. `" + words[0] + "`" if words else ""))
            return BROKEN
        try:
            kind = catalog.find(word, self.plugins)
        except WordError as error:
            return self.unusable(at, error)
        outer, self.purpose = self.purpose, catalog.capability(word)
        settings = self.struct(kind.Settings, draft.settings.values(), at, f"`{word}`")
        self.purpose = outer
        if settings is BROKEN:
            settings = None  # noted already; the step is kept to check its neighbours
        step = Step(word=word, kind=kind, settings=settings, file=at.file, line=at.line, column=at.column)
        rules.reached(step, self.findings)
        if word in self.plugins:
            rules.masked(step, self.findings)
            rules.kept(step, self.findings)
        return step

    def unusable(self, at: Place, error: WordError) -> Any:
        """Note that a word names no processor, or one that is not judged as its code may not be run; return BROKEN."""
        if isinstance(error, NotRun):
            self.findings.unjudged = True
            self.findings.warn(at, error.text, error.hint)
        else:
            self.findings.fault(at, error.text, error.hint)
        return BROKEN

    def steps(self, node: Sequence) -> Any:
        """Read the steps in a step's settings: its fallbacks."""
        made = [self.step(each, self.purpose) for each in drafts(node, self.findings)]
        return BROKEN if BROKEN in made or len(made) < len(node.items) else tuple(made)


def _listed(node: Node, bare: Any) -> str:
    """Return the hint that shows one value written as a list."""
    if not isinstance(node, Scalar) or not node.text or "${" in node.text:
        return ""
    words = get_args(bare)[:1] == (str,)
    return f"write [{text(node.text) if words else scalar(node.text, node.plain)}]"


def meant(word: str, known: Collection[str]) -> str:
    """Return the hint for a setting that does not exist: the known one that looks like it, or all known ones."""
    if word.partition(":")[0] in known:
        return "a `:` has a space after it"
    return did_you_mean(word, known) or (f"it has {clipped(', '.join(known), 100)}" if known else "it has none")
