"""YAML text → a tree of nodes that know their place.

Stricter than YAML: one document, keys that are text and stand once, no tags, no merge keys, and bounds on size, depth
and aliases, checked on the parser's events so that no document can cost more than its own length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Broken, Mapping, Node, Scalar, Sequence
from pipeline.config.yaml.syntax import plain_words
from pipeline.faults import FaultFound, Place, clipped

EMPTY = "a config begins with keys such as `pipeline:`, a caller's script with `- `"
MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_ALIASES = 64
MAX_NODES = 50_000  # aliases counted each time they are followed

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile(r"\r\n|\r|\n")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_file(path: Path, name: str, findings: Findings) -> Node | None:
    """Parse a file, shown to the user as `name`; None, after noting the fault, if it cannot be read at all."""
    findings.reads(path)
    with findings.noting():
        return parse_content(_content(path, name), name, findings)
    return None


def parse_content(content: bytes, name: str, findings: Findings) -> Node | None:
    """Parse the content of a file; None, after noting the fault, if it cannot be read at all."""
    with findings.noting():
        return parse(decoded(content, name), name, findings)
    return None


def parse(text: str, name: str, findings: Findings) -> Node | None:
    """Parse a text; None, after noting the fault, if it cannot be read at all."""
    source = _Source(text, name)
    findings.lines[name] = source.lines
    with findings.noting():
        if odd := _UNPRINTABLE.search(text):
            raise FaultFound(source.place(odd.start(), odd.end()), f"a control character, U+{ord(odd[0]):04X}")
        try:
            return _Builder(source, text, findings).document()
        except yaml.MarkedYAMLError as error:
            index, words, hint = plain_words(error, text)
            raise FaultFound(source.place(index, index + 1), words, hint) from None
        except yaml.YAMLError as error:
            raise FaultFound(Place(name), f"is not YAML: {error}") from None
    return None


def _content(path: Path, name: str) -> bytes:
    at = Place(name)
    try:
        if path.is_dir():
            raise FaultFound(at, "is a folder, not a file")
        if not path.is_file():
            raise FaultFound(at, "is no plain file" if path.exists() else "no such file")
        # One byte more than is allowed, and no more: a huge file is never read whole.
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FaultFound(at, f"cannot be read: {error.strerror}") from None


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file's content; raises FaultFound if it is too large, or is not UTF-8."""
    if len(content) > MAX_BYTES:
        raise FaultFound(Place(name), f"is larger than {MAX_BYTES // 1024} kB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_BREAK.findall(content[: error.start].decode("utf-8", "replace"))) + 1
        raise FaultFound(Place(name, line, 1), "is not UTF-8 text", "save the file as UTF-8") from None


class _Source:
    """A text that maps indexes to lines and columns, as editors count them."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = _BREAK.split(text)
        self.ends = [len(line.rstrip()) for line in self.lines]
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def place(self, start: int, end: int) -> Place:
        row = bisect_right(self.starts, start) - 1
        column = start - self.starts[row]
        width = min(end - start, self.ends[row] - column)
        return Place(self.name, row + 1, column + 1, max(1, width))


class _Builder:
    """Builds nodes from the parser's events of one document."""

    def __init__(self, source: _Source, text: str, findings: Findings) -> None:
        self.source = source
        self.findings = findings
        self.events: Iterator[Any] = yaml.parse(text, _LOADER)
        self.anchors: dict[str, Node] = {}
        self.ended: Any = None  # the event that ended the last list or mapping
        self.aliases = 0
        self.nodes = 0

    def document(self) -> Node:
        """Build the tree of the text's one document."""
        next(self.events)  # the stream starts
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise FaultFound(Place(self.source.name), "is empty", EMPTY)
        root = self.node(next(self.events), 1)
        next(self.events)  # the document ends
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise FaultFound(self.place(after), "a second document begins here", "a config is one document")
        if isinstance(root, Scalar) and root.plain and not root.text:
            raise FaultFound(Place(self.source.name), "is empty", EMPTY)
        return root

    def node(self, event: Any, depth: int) -> Node:
        at = self.place(event)
        if depth > MAX_DEPTH:
            raise FaultFound(at, f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event.anchor, at, depth)
        self.count(1, at)
        built = self.built(event, at, depth)
        if event.tag is not None:
            self.findings.fault(at, "a tag (`!…`) is not allowed", "quote text that begins with `!`")
            built = Broken(at=at)
        if event.anchor is not None:
            self.anchors[event.anchor] = built
        return built

    def built(self, event: Any, at: Place, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(at=at, text=event.value, plain=not event.style)
        before = self.nodes
        if isinstance(event, yaml.SequenceStartEvent):
            items = tuple(self.node(inner, depth + 1) for inner in self.until(yaml.SequenceEndEvent))
            at = self.whole(event, at)
            return Sequence(at=at, items=items, weight=self.nodes - before + 1, height=_height(items))
        entries = self.entries(depth)
        height = _height(value for _, value in entries)
        at = self.whole(event, at)
        return Mapping(at=at, entries=entries, weight=self.nodes - before + 1, height=height)

    def entries(self, depth: int) -> tuple[tuple[Scalar, Node], ...]:
        """Build the keys and values of a mapping; of a key that stands twice the first counts."""
        found: dict[str, tuple[Scalar, Node]] = {}
        for event in self.until(yaml.MappingEndEvent):
            key, value = self.node(event, depth + 1), self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                if not isinstance(key, Broken):
                    self.findings.fault(key.at, "a key has to be text")
            elif key.text == "<<" and key.plain:
                self.findings.fault(key.at, "merge keys (`<<`) are not allowed", "write the keys out, or use `extends`")
            elif key.text in found:
                first = found[key.text][0].at
                where = f"on line {first.line}" if first.line != key.at.line else f"in column {first.column}"
                self.findings.fault(key.at, f"`{clipped(key.text)}` stands twice, first {where}", "one has to go")
            else:
                found[key.text] = (key, value)
        return tuple(found.values())

    def alias(self, name: str | None, at: Place, depth: int) -> Node:
        target = self.anchors.get(name or "")
        if target is None:
            self.findings.fault(at, f"`*{name}` has no finished `&{name}` above it")
            return Broken(at=at)
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise FaultFound(at, f"has more than {MAX_ALIASES} aliases")
        if depth + target.height > MAX_DEPTH:
            raise FaultFound(at, f"is nested deeper than {MAX_DEPTH} levels")
        # An alias costs as much as its target: a small text of nested aliases could otherwise stand for billions of
        # nodes.
        self.count(target.weight, at)
        return target

    def until(self, end: type[Any]) -> Iterator[Any]:
        while not isinstance(event := next(self.events), end):
            yield event
        self.ended = event

    def count(self, nodes: int, at: Place) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise FaultFound(at, f"has more than {MAX_NODES} values")

    def whole(self, event: Any, at: Place) -> Place:
        """Return the place of a list or mapping in brackets, as far as it is on one line; otherwise `at`."""
        return self.source.place(event.start_mark.index, self.ended.end_mark.index) if event.flow_style else at

    def place(self, event: Any) -> Place:
        return self.source.place(event.start_mark.index, event.end_mark.index)


def _height(nodes: Iterable[Node]) -> int:
    return 1 + max((node.height for node in nodes), default=0)
