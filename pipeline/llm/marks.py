"""The marks in a model's text: tags, control tokens, fences, JSON objects and entities, found however it is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 300  # characters of a tag; a `<` without its `>` by then is no tag

_MARK = re.compile(
    rf"[<◁](?P<edge>[/|｜]{{0,2}})(?P<name>[A-Za-z][^\s<>◁▷=/|｜]*)(?P<more>[^<>◁▷]{{0,{LONGEST}}})[>▷]"
    r"|\[(?P<close>/?)(?P<upper>[A-Z][A-Z_]{3,20})\]"
    r"|```(?:(?P<fence>\w{1,20})\r?\n)?"
    rf"|<!--(?s:.*?)-->|<[!?][A-Za-z][^<>]{{0,{LONGEST}}}>"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,20});)"
    r"|(?P<brace>\{)(?=\s*[\"'}])"
)
_PARTIAL_TAG = re.compile(  # the beginning of a tag or a comment, at the end of the text so far
    rf"[<◁](?:[/|｜]{{0,2}}(?:[A-Za-z][^<>◁▷]{{0,{LONGEST}}})?)?\Z"
    rf"|<!(?:-(?:-(?s:(?!.*-->).{{0,2000}}))?)?\Z|<[!?][A-Za-z][^<>]{{0,{LONGEST}}}\Z"
)
_PARTIAL = re.compile(r"\[/?(?:[A-Z][A-Z_]{0,20})?\Z|`{1,2}\Z|```\w{0,20}\r?\Z|&(?:#?\w{0,21})?\Z|\{\s{0,20}\Z")
_START = re.compile(r"[<◁\[{&`]")
_EDGES = frozenset(("begin", "start", "end", "of", "section", "open", "close", ""))
_ALIASES = {"unused94": "think", "unused95": "end_think"}  # the thoughts of models derived from Gemma
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+\.\w+|(?:https?:|www\.)\S*")


@dataclass(frozen=True)
class Tag:
    """A tag or a control token; `stem` is equal for the two tags of an element, in any of their spellings."""

    name: str
    stem: str
    ends: bool
    is_token: bool  # with bars, `<|end|>`
    is_empty: bool  # `<br/>`


@dataclass(frozen=True)
class Fence:
    """Three backticks, with the language of the block; the language is blank where none is named."""

    language: str


@dataclass(frozen=True)
class Entity:
    """A character by its name or number, such as `&amp;`."""

    text: str


class Brace:
    """The opening brace of a JSON object."""


Mark = Tag | Fence | Entity | Brace


class Marks:
    """Splits streamed text into plain text and marks. A mark is whole, also where it is cut between two bits."""

    def __init__(self) -> None:
        self.held = ""  # the beginning of a mark
        self.source = ""  # of the text or the mark that was yielded last

    def feed(self, text: str, last: bool = False) -> Iterator[str | Mark]:
        """Yield the text and the marks of the next bit; with `last`, an incomplete tag is left out."""
        text, self.held = self.held + text, ""
        at = 0
        while (start := _START.search(text, at)) is not None:
            begin = start.start()
            self.source = text[at:begin]
            yield self.source
            if _PARTIAL_TAG.match(text, begin) or _PARTIAL.match(text, begin):
                if not last:
                    self.held = text[begin:]
                    return
                if len(text) - begin > 1 and _PARTIAL_TAG.match(text, begin):
                    return
            found = _MARK.match(text, begin)
            at = found.end() if found else begin + 1
            self.source = text[begin:at]
            yield (_mark(found) if found else None) or self.source
        self.source = text[at:]
        yield self.source


def _mark(found: re.Match[str]) -> Mark | str:
    """Return the mark, or text if it is no mark after all: an address in angle brackets."""
    if name := found["name"]:
        inner = name + found["more"]
        return inner if _ADDRESS.fullmatch(inner) else _tag(name, found["more"], found["edge"])
    if found["upper"]:
        return _tag(found["upper"], "", f"|{found['close']}")
    if found["entity"]:
        return Entity(found["entity"])
    if found["brace"]:
        return Brace()
    return Fence(found["fence"] or "") if found[0].startswith("`") else _tag("comment", "/", "")


def _tag(name: str, more: str, edge: str) -> Tag:
    """Return the tag of this name; `edge` has the signs between it and the opening bracket, `more` those behind it."""
    folded = _ALIASES.get(name.lower(), name.lower())
    words = re.split(r"[_▁:.-]", folded)
    has_bar, barred = edge.strip("/") != "", more.strip() in ("|", "｜")
    ends = "/" in edge or "end" in (words[0], words[-1]) or (barred and not has_bar)
    # Five letters: the two tags of an element may differ, as `<tool_calls>` and `</tool_call>` do.
    stem = "".join(word for word in words if word not in _EDGES)[:5]
    return Tag(folded, stem, ends, has_bar or barred, more.endswith("/"))
