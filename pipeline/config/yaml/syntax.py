"""YAML syntax errors in plain words, with their real place and a hint."""

from __future__ import annotations

import re

import yaml

_INDENT, _INDENT_HINT = "this does not fit the lines above", "check the indentation"
_SPACE = "a `:` has a space after it"
_LINE = "begin the text on the next line"
_WORDS = (  # part of the parser's message (C or Python parser), ours, the hint
    ("sequence entries are not allowed", "a `-` where none belongs", "begin the list on a line of its own"),
    ("cannot start any token", "{char} cannot begin a value here", "quote the text"),
    ("found a tab character", "a tab cannot begin a value here", ""),
    ("unexpected end of stream", "this quote is never closed", ""),
    ("unknown escape character", "an unknown `\\` escape in double quotes", "use single quotes, or `\\\\`"),
    ("escape", "a `\\` escape that is no character", "use single quotes, or `\\\\`"),
    ("did not find expected '-'", "this does not fit the list above", "begin it with `-`, or check the indentation"),
    ("alphabetic or numeric", "an `&` or `*` without a name", "quote text that begins with `&` or `*`"),
    ("alphabetical or numeric", "an `&` or `*` without a name", "quote text that begins with `&` or `*`"),
    ("node content", "a value is missing here", "quote text that begins with a bracket or a comma"),
    ("directive", "a directive (`%…`) that is not known", "quote the text, or leave the line out"),
    ("expected comment or line break", "text right after `|` or `>`", _LINE),
    ("indentation indicator", "text right after `|` or `>`", _LINE),
)
_MISFITS = ("did not find expected key", "expected <block end>", "<document start>")
_AFTER = {
    '"': ("text after the closing quote", 'quote the whole text; inside it, write `\\"` for a `"`'),
    "'": ("text after the closing quote", "quote the whole text; inside it, write `''` for a `'`"),
    "]": ("something after the closing bracket", "one `]` too many, or text that has to be quoted"),
    "}": ("something after the closing bracket", "one `}` too many, or text that has to be quoted"),
}
_BRACKETS = (("',' or ']'", "["), ("',' or '}'", "{"))

Complaint = tuple[int, str, str]
"""The fault's index in the text, its description, and a hint."""


def plain_words(error: yaml.MarkedYAMLError, text: str) -> Complaint:
    """Translate a parser's error: its real index in the text, the fault in plain words, and a hint."""
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark is not None else 0
    opened = error.context_mark.index if error.context_mark is not None else index
    problem = error.problem or error.context or ""
    for part, bracket in _BRACKETS:
        if part in problem:
            return _unclosed(text, opened, index, bracket)
    if "mapping values are not allowed" in problem:
        return _stray_colon(text, index)
    if "could not find expected ':'" in problem:
        return opened, "a key without its `:`", _SPACE
    dash = text[index : index + 1] == "-" or _before(text, index).endswith(tuple(_AFTER))
    if (dash and "did not find expected '-'" in problem) or any(part in problem for part in _MISFITS):
        return _misfit(text, _last_seen(text, index))
    for part, words, hint in _WORDS:
        if part in problem:
            start = opened if "quote is never closed" in words else _last_seen(text, index)
            return start, words.format(char=_char(text, index)), _tab(text, index) or hint
    return index, "this is not YAML", "quote the text, or check the indentation"


def _unclosed(text: str, opened: int, index: int, bracket: str) -> Complaint:
    close = {"[": "]", "{": "}"}[bracket]
    if text[index - 1 : index + 1] == "${":
        return index - 1, "a `${…}` between brackets has to be quoted", 'write "${NAME}"'
    if "\n" in text[opened:index] or index >= len(text):
        return opened, f"this `{bracket}` is not closed", f"a `,` or `{close}` is missing"
    return index, f"a `,` or `{close}` is missing before this", "quote text that has brackets or commas in it"


def _stray_colon(text: str, index: int) -> Complaint:
    """Explain a `:` inside a value: two in one line, or a line that reads as part of the one above."""
    begin = text.rfind("\n", 0, index) + 1
    line, above = text[begin:index], _above(text, begin)
    if above is None or re.search(r":\s", line):
        return index, "a second `:` in this value", 'quote the text: "…"'
    number, _, content = above
    if not re.search(r":(\s|$)", content):
        return text.find(content, _start(text, number)), "a key without its `:`", _SPACE
    start = begin + len(line) - len(line.lstrip(" -"))
    return start, "this is indented further than the line above", _columns(text, start, above)


def _misfit(text: str, index: int) -> Complaint:
    begin = text.rfind("\n", 0, index) + 1
    before = _before(text, index)
    if before.endswith(tuple(_AFTER)):
        return index, *_AFTER[before[-1]]
    if text[index] in "]}":
        return index, "a closing bracket without an opening one", "quote text that has brackets in it"
    if re.match(r"-[^\s-]", text[index:]):
        return index, _INDENT, "a `-` has a space after it"
    above = None if before.strip("- ") else _above(text, begin)
    hint = _INDENT_HINT if above is None else _columns(text, index, above)
    return index, _INDENT, _tab(text, index) or hint


def _before(text: str, index: int) -> str:
    """Return the text before an index on the same line."""
    return text[text.rfind("\n", 0, index) + 1 : index].rstrip()


def _columns(text: str, index: int, above: tuple[int, int, str]) -> str:
    number, column, content = above
    if content.startswith("- ") and text[index] == "-":
        column = text.split("\n")[number - 1].index("-") + 1
    own = index - text.rfind("\n", 0, index)
    if own == column:
        return _INDENT_HINT
    return f"{_INDENT_HINT}: line {number} begins in column {column}, this one in column {own}"


def _above(text: str, begin: int) -> tuple[int, int, str] | None:
    """Return the last line above an index that is more than a comment: its number, its first column, its text."""
    lines = text[:begin].split("\n")[:-1]
    for number in range(len(lines), 0, -1):
        content = lines[number - 1].strip()
        if content and not content.startswith("#"):
            first = content.lstrip("- ") if content.startswith("- ") else content
            return number, lines[number - 1].index(first) + 1, content
    return None


def _start(text: str, number: int) -> int:
    return sum(len(line) + 1 for line in text.split("\n")[: number - 1])


def _last_seen(text: str, index: int) -> int:
    """Return the index, or that of the last character written if the parser gave up only at the end."""
    return index if index < len(text.rstrip()) else max(len(text.rstrip()) - 1, 0)


def _char(text: str, index: int) -> str:
    char = text[index : index + 1]
    return {"\t": "a tab", "`": "a backtick"}.get(char, f"`{char}`")


def _tab(text: str, index: int) -> str:
    return "YAML indents with spaces, not with tabs" if text[index : index + 1] == "\t" else ""
