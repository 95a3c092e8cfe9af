"""A YAML parser's complaint → where it really is, what it means in plain words, and what to do."""

from __future__ import annotations

import yaml

_WORDS = (  # part of the parser's own words (C and Python parser), ours, the way out
    ("mapping values are not allowed", "a `:` where none belongs", "quote the text, or check the indentation"),
    ("sequence entries are not allowed", "a `-` where none belongs", "begin the list on a line of its own"),
    ("cannot start any token", "{char} cannot begin a value here", "quote the text"),
    ("unexpected end of stream", "this quote is never closed", ""),
    ("unknown escape character", "an unknown `\\` escape in double quotes", "use single quotes, or `\\\\`"),
    ("did not find expected key", "this does not fit the lines above", "check the indentation"),
    ("did not find expected '-'", "this does not fit the list above", "begin it with `-`, or check the indentation"),
    ("could not find expected ':'", "a key without its `:`", ""),
    ("expected <block end>", "this does not fit the lines above", "check the indentation"),
    ("<document start>", "this does not fit the lines above", "check the indentation"),
    ("node content", "a value is missing here", ""),
    ("directive", "a directive (`%…`) that is not known", "quote the text, or leave the line out"),
    ("expected comment or line break", "text right after `|` or `>`", "begin the text on the next line"),
    ("indentation indicators", "text right after `|` or `>`", "begin the text on the next line"),
)
_BRACKETS = (("',' or ']'", "["), ("',' or '}'", "{"))


def plain_words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    """The index into `text` where the fault is, what is wrong, and a hint."""
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark is not None else 0
    opened = error.context_mark.index if error.context_mark is not None else index
    problem = error.problem or error.context or "not YAML"
    for part, bracket in _BRACKETS:
        if part in problem:
            return _unclosed(text, opened, index, bracket)
    for part, words, hint in _WORDS:
        if part in problem:
            start = opened if "quote is never closed" in words else _last_seen(text, index)
            return start, words.format(char=_char(text, index)), _tab(text, index) or hint
    return index, f"not YAML: {problem}", ""


def _unclosed(text: str, opened: int, index: int, bracket: str) -> tuple[int, str, str]:
    close = {"[": "]", "{": "}"}[bracket]
    if text[index - 1 : index + 1] == "${":
        return index - 1, "a `${…}` between brackets has to be quoted", 'write "${NAME}"'
    if "\n" in text[opened:index] or index >= len(text):
        return opened, f"this `{bracket}` is not closed", f"a `,` or `{close}` is missing"
    return index, f"a `,` or `{close}` is missing before this", "quote text that has brackets or commas in it"


def _last_seen(text: str, index: int) -> int:
    """The index itself, or the end of what is written if that is where the parser gave up."""
    return index if index < len(text.rstrip()) else max(len(text.rstrip()) - 1, 0)


def _char(text: str, index: int) -> str:
    return "a tab" if text[index : index + 1] == "\t" else f"`{text[index : index + 1]}`"


def _tab(text: str, index: int) -> str:
    return "YAML indents with spaces, not with tabs" if text[index : index + 1] == "\t" else ""
