"""Mistakes that people make in a config, made one at a time in the text of a good one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml


@dataclass(frozen=True)
class Mutant:
    """A text with one mistake in it: of which kind, where, and whether it has to be refused for it."""

    kind: str
    what: str  # what was changed, for people
    text: str
    lines: tuple[int, ...]  # from 1: where a fault of it may be shown; none: at any step
    fatal: bool = True


@dataclass(frozen=True)
class Entry:
    """A key and its value, as they stand in a text."""

    key: Any
    value: Any
    path: tuple[str, ...]  # of keys, the entry's own the last; a step's word is one
    flow: bool

    @property
    def line(self) -> int:
        return int(self.key.start_mark.line) + 1


DATA = {"with", "give", "query", "json", "sample"}  # whose content is the author's own, of any shape
FREE = {"slots", "pronunciations", "takes", "to", "headers", "extract", *DATA}  # whose keys are the author's own words
CLOSED = {"api", "stream", "timezone", "prompt", "caller"}  # keys whose values are of a list, or a file
STEPS_IN_ORDER = ("twilio_serializer", "vad", "end_of_utterance", "asr", "llm", "tts", "pacer", "twilio_sink")
BETWEEN = {
    "dedup": ("end_of_utterance", "llm"),
    "greeting": ("end_of_utterance", "tts"),
    "intro_filter": ("llm", "tts"),
}
TWICE = {"vad", "dedup", "intro_filter"}  # a second one does as much as the first


def mutants(text: str) -> Iterator[Mutant]:
    """Every mistake of every kind, in the order of the file."""
    root = yaml.compose(text, yaml.CSafeLoader)
    entries = list(_entries(root, ()))
    for entry in entries:
        yield from _misspelt(text, entry)
        yield from _doubled(text, entry)
        yield from _dropped(text, entry)
        yield from _retyped(text, entry.value, entry.path)
        yield from _indented(text, entry)
        yield from _meant(text, entry)
    for path, item in _items(root, ()):
        yield from _retyped(text, item, (*path, "[]"))
    yield from _shuffled(text, root)


def _entries(node: Any, path: tuple[str, ...]) -> Iterator[Entry]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            entry = Entry(key, value, (*path, key.value), bool(node.flow_style))
            yield entry
            yield from _entries(value, entry.path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _entries(item, path)


def _items(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _items(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield path, item
            yield from _items(item, path)


def _cut(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _span(node: Any) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def typos(word: str) -> Iterator[tuple[str, str]]:
    """A word with a letter left out, two in each other's place, one twice, one that is another."""
    middle = len(word) // 2
    yield "a letter less", word[:middle] + word[middle + 1 :]
    for left, right in pairwise(range(max(middle - 1, 0), len(word))):
        if word[left] != word[right]:
            yield "two letters swapped", word[:left] + word[right] + word[left] + word[right + 1 :]
            break
    yield "a letter twice", word[:middle] + word[middle] + word[middle:]
    yield "another letter", word[:middle] + ("k" if word[middle] != "k" else "q") + word[middle + 1 :]


# ---- keys ---------------------------------------------------------------------------------------------------------


def _misspelt(text: str, entry: Entry) -> Iterator[Mutant]:
    own = bool(FREE & set(entry.path[:-1]))
    for how, typo in typos(entry.key.value):
        changed = _cut(text, *_span(entry.key), typo)
        # a name of the author's own is missed where it is used, if it is used at all
        yield Mutant(f"key with {how}", f"{entry.key.value} → {typo}", changed, () if own else (entry.line,), not own)


def _doubled(text: str, entry: Entry) -> Iterator[Mutant]:
    start, end = entry.key.start_mark.index, entry.value.end_mark.index
    written = text[start:end].rstrip()
    between = ", " if entry.flow else "\n" + " " * entry.key.start_mark.column
    end = start + len(text[start:end].rstrip())
    changed = _cut(text, end, end, between + written)
    first, last = entry.line, entry.line + 2 * written.count("\n") + 1
    yield Mutant("key twice", entry.key.value, changed, tuple(range(first, last + 1)))


def _dropped(text: str, entry: Entry) -> Iterator[Mutant]:
    start, end = entry.key.start_mark.index, entry.value.end_mark.index
    if not entry.flow:
        end = start + len(text[start:end].rstrip())
        yield Mutant("key dropped", entry.key.value, _cut(text, start, end, ""), (), False)
        return
    after = re.match(r",\s*", text[end:])
    yield Mutant("key dropped", entry.key.value, _cut(text, start, end + (after.end() if after else 0), ""), (), False)


def _indented(text: str, entry: Entry) -> Iterator[Mutant]:
    start, column = entry.key.start_mark.index, entry.key.start_mark.column
    before = text[text.rfind("\n", 0, start) + 1 : start]
    if entry.flow or before.strip():
        return
    lines = tuple(range(entry.line - 1, max(entry.line + 2, entry.value.end_mark.line + 2)))
    yield Mutant("key indented by one more", entry.key.value, _cut(text, start, start, " "), lines, False)
    if column:
        yield Mutant("key indented by one less", entry.key.value, _cut(text, start - 1, start, ""), lines, False)
        yield Mutant("key indented by a tab", entry.key.value, _cut(text, start - column, start, "\t"), lines)


def _meant(text: str, entry: Entry) -> Iterator[Mutant]:
    if entry.path[-1] not in CLOSED:
        return
    for how, typo in typos(entry.value.value):
        changed = _cut(text, *_span(entry.value), typo)
        yield Mutant(f"value with {how}", f"{entry.value.value} → {typo}", changed, (entry.line,))


# ---- values -------------------------------------------------------------------------------------------------------


def _retyped(text: str, node: Any, path: tuple[str, ...]) -> Iterator[Mutant]:
    start, end = _span(node)
    line, name, fatal = node.start_mark.line + 1, ".".join(path), not DATA & set(path)
    if isinstance(node, yaml.MappingNode) and len(path) == 2 and path[-1] == "[]":
        return  # a step: see `_shuffled`
    if not isinstance(node, yaml.ScalarNode):
        if node.flow_style:
            kind = "list" if isinstance(node, yaml.SequenceNode) else "table"
            yield Mutant(f"{kind} → word", name, _cut(text, start, end, "word"), (line,), fatal)
        return
    if end == start:
        return
    yield Mutant("value → table", name, _cut(text, start, end, "{a: b}"), (line,), fatal)
    yield Mutant("value → list", name, _cut(text, start, end, "[a]"), (line,), fatal)
    if path[:2] == ("pipeline", "[]"):
        for how, typo in typos(node.value):
            yield Mutant(f"word with {how}", f"{node.value} → {typo}", _cut(text, start, end, typo), (line,))
        return
    for kind, new in _other(text[start:end]):
        yield Mutant(kind, f"{name}: {new}", _cut(text, start, end, new), (line,), fatal)


def _other(written: str) -> Iterator[tuple[str, str]]:
    """The same value as something that it cannot be."""
    number = r"(?<![0-9.])[0-9]+(?:\.[0-9]+)?"
    if found := re.search(rf"(\$\{{\w+:-)?({number})(\}}?)(ms|s|min|h)(\"?)$", written):
        amount, unit = found[2], found[4]
        yield "duration → word", written.replace(amount, "long")
        yield "duration without its unit", written.replace(found[3] + unit + found[5], found[3] + found[5])
        yield "duration out of range", written.replace(amount, "-7000000")
    elif re.fullmatch(rf"\"\$\{{\w+:-{number}\}}\"|{number}", written):
        amount = re.findall(number, written)[-1]
        yield "number → word", written.replace(amount, "many")
        yield "number out of range", written.replace(amount, "-7000000")
        yield "number → duration", written.replace(amount, f"{amount}s")
    elif re.search(r"\b(true|false)\b", written):
        yield "switch → word", re.sub(r"true|false", "maybe", written)
        yield "switch → number", re.sub(r"true|false", "7", written)
    elif "${" not in written:
        yield "text → number", "7"
        yield "text → switch", "true"


# ---- steps --------------------------------------------------------------------------------------------------------


def _shuffled(text: str, root: Any) -> Iterator[Mutant]:
    """The pipeline, if it has its own, with a step dropped, doubled, or in its neighbour's place."""
    sequence = next((value for key, value in root.value if key.value == "pipeline"), None)
    if sequence is None:
        return
    lines = text.split("\n")
    begins = [item.start_mark.line for item in sequence.value]
    blocks = ["\n".join(lines[at:to]) for at, to in pairwise([*begins, _end(lines, begins[-1])])]
    words = [(item.value[0][0] if isinstance(item, yaml.MappingNode) else item).value for item in sequence.value]
    before, after = "\n".join(lines[: begins[0]]), "\n".join(lines[_end(lines, begins[-1]) :])
    for kind, at, order in _orders(len(blocks)):
        changed = "\n".join([before, *(blocks[each] for each in order), after])
        yield Mutant(kind, words[at], changed, (), not in_order([words[each] for each in order]))


def _end(lines: list[str], begin: int) -> int:
    """The line after the last step, which is the first that is blank or not indented."""
    return next(at for at in range(begin, len(lines) + 1) if at == len(lines) or not lines[at].startswith(" "))


def _orders(count: int) -> Iterator[tuple[str, int, list[int]]]:
    whole = list(range(count))
    for at in whole:
        yield "step dropped", at, [each for each in whole if each != at]
        yield "step twice", at, sorted([*whole, at])
        if at:
            yield "step moved up", at, [*whole[: at - 1], at, at - 1, *whole[at + 1 :]]
        if at > 1:
            yield "step moved to the top", at, [at, *(each for each in whole if each != at)]


def in_order(words: list[str]) -> bool:
    """Whether a telephone agent can work in this order, told by what each step is for and by nothing that Kav says."""
    purposes = [word.split(".")[0] for word in words]
    if purposes.count("greeting") > 1:
        return False
    spine = [each for each in purposes if each in STEPS_IN_ORDER]
    once = [each for at, each in enumerate(spine) if each not in TWICE or each not in spine[:at]]
    if once != list(STEPS_IN_ORDER) or purposes.index("twilio_serializer") or purposes[-1] != "twilio_sink":
        return False
    at = {each: purposes.index(each) for each in STEPS_IN_ORDER}
    return all(
        at[BETWEEN[each][0]] < place < at[BETWEEN[each][1]] for place, each in enumerate(purposes) if each in BETWEEN
    )
