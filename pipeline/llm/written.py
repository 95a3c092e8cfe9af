"""Uses of tools that a model writes into its text, as servers without a parser for its format pass them on.

There is no common format, but three shapes in all of them: a JSON object that names the tool or stands behind its name,
an element with a parameter in each of its children, and a call as in Python.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import msgspec

Written = tuple[str, str]  # the tool's name, and its arguments as JSON

LONGEST = 20_000  # characters of a text that are searched
LONGEST_CALL = 4000  # characters of a call as in Python
MOST = 30  # calls or broken objects that are tried

_NAMES = ("name", "function", "tool", "tool_name", "recipient_name", "action")  # keys of the tool's name
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "kwargs")
_GAP = r"(?:[\W\d_]|json|tool|call|args?|arguments?|begin|sep|constrain|message|parameters?|ARGS)*"  # name … object
_PACKAGE = r"(?:functions?|default_api|tools?)\."
_PARAMETER = re.compile(
    r"<(?:parameter|param|arg)(?:=|\s+name=)[\"']?(?P<name>[\w-]+)[\"']?>(?P<value>.*?)</(?:parameter|param|arg)>"
    r"|<arg_key>(?P<key>.*?)</arg_key>\s*<arg_value>(?P<of>.*?)</arg_value>",
    re.DOTALL,
)
_FORMS = re.compile(r"<\W{0,2}(?:tool|function)|\[TOOL_CALLS\]|\"(?:arguments|parameters)\"\s*:|\bfunctions\.\w+")
_JSON = json.JSONDecoder()


def seems_written(text: str) -> bool:
    """True if a text seems to have a use in it, well formed or not."""
    return bool(_FORMS.search(text))


def written(text: str, offered: Sequence[str]) -> list[Written]:
    """Return the uses of offered tools in a text, in order; others and malformed ones are left out."""
    text = text[:LONGEST]
    if not offered or not any(name in text for name in offered):
        return []
    names = "|".join(map(re.escape, sorted(offered, key=len, reverse=True)))
    # A model keeps to one shape in an answer, and arguments in it may look like another: code within a JSON text, say.
    return [*_objects(text, names, offered)] or [*_elements(text, names)] or [*_calls(text, names)]


def _objects(text: str, names: str, offered: Sequence[str]) -> Iterator[Written]:
    """Yield the uses that are JSON objects."""
    before = re.compile(rf"(?<!\w)({names})(?!\w)(?={_GAP}\Z)")
    end = begin = tries = 0
    # Each broken object is read to its break: without a bound, a text of braces would keep all calls waiting.
    while tries < MOST and (begin := text.find("{", begin)) >= 0:
        try:
            found, stop = _JSON.raw_decode(text, begin)
        except (ValueError, RecursionError):
            begin, tries = begin + 1, tries + 1
            continue
        if named := [*_in(found, offered)]:
            yield from named
        elif (head := before.search(text, max(end, begin - 200), begin)) is not None:
            yield head[1], _encoded(found)
        end = begin = stop


def _in(found: Any, offered: Sequence[str]) -> Iterator[Written]:
    """Yield the uses in JSON data: an object with a name and arguments, or several of them below another."""
    if isinstance(found, list):
        for each in found:
            yield from _in(each, offered)
    if not isinstance(found, dict):
        return
    for inner in (found.get("function"), found.get("tool_calls"), found.get("tool_call")):
        if not isinstance(inner, str):
            yield from _in(inner, offered)
    told = next((found[key] for key in _NAMES if isinstance(found.get(key), str)), "")
    name = re.sub(rf"^{_PACKAGE}", "", told)
    if name in offered:
        yield name, _encoded(next((found[key] for key in _ARGUMENTS if key in found), {}))


def _elements(text: str, names: str) -> Iterator[Written]:
    """Yield the uses with an element for each parameter."""
    heads = [*re.finditer(rf"<[^<>]*?({names})[\"']?\s*>|<tool_call>\s*({names})\b", text)]
    for head, after in pairwise([*heads, None]):
        assert head is not None
        found = [*_PARAMETER.finditer(text, head.end(), after.start() if after else len(text))]
        values = {each["name"] or each["key"].strip(): _value(each["value"] or each["of"] or "") for each in found}
        yield head[1] or head[2], _encoded(values)


def _calls(text: str, names: str) -> Iterator[Written]:
    """Yield the uses that are calls as in Python, with literal values."""
    for head in islice(re.finditer(rf"(?<![\w.])({_PACKAGE})?({names})\(", text), MOST):
        # A bare name with a bracket behind it may be part of a sentence, which `Calls` leaves in; a block has code.
        if not (head[1] or "_" in head[2] or "```" in text[: head.start()]):
            continue
        rest = text[head.end() : head.end() + LONGEST_CALL]
        code = f"f({rest[: Calls().end(rest)]}"
        try:
            yield head[2], _encoded(_literal(ast.parse(code, mode="eval").body))
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue


def _literal(call: ast.expr) -> dict[str, Any]:
    """Return the arguments of a call: by keyword, or in one dict. Raises ValueError for others."""
    if not isinstance(call, ast.Call) or len(call.args) > 1:
        raise ValueError("no call with named arguments")
    given = {**ast.literal_eval(call.args[0])} if call.args else {}
    return given | {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}


def _value(text: str) -> Any:
    """Return a parameter's value: a number, a list and the like, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def _encoded(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()


class Calls:
    """Leaves calls as in Python out of a streamed text: `functions.book(day=1)`, and offered names with a `_` in them.

    Others are words that a sentence may have, such as "book (the red one)".
    """

    def __init__(self, offered: Sequence[str] = ()) -> None:
        self._bare = tuple(name for name in offered if "_" in name)
        names = "|".join((rf"{_PACKAGE}\w+", *map(re.escape, self._bare)))
        self._head = re.compile(rf"(?<![\w.])(?:{names})\(")
        self._held = ""  # the last sign before, then perhaps the beginning of a name
        self._depth, self._quote, self._escaped = 0, "", False

    def feed(self, text: str) -> str:
        """Return the text without calls, but for an end that may begin one."""
        said, known = "", len(self._held) > 0
        text, self._held = self._held + text, ""
        at = start = int(known)
        while True:
            if self._depth:
                at = start = at + self.end(text[at:])
            if self._depth or (head := self._head.search(text, at)) is None:
                break
            said += text[start : head.start()]
            at, self._depth = head.end(), 1
        # A name may go on in the next bit; only the end of this one is held back, as words that wait are heard late.
        tail = re.compile(r"(?<![\w.])[\w.]+\Z").search(text, start)
        stop = tail.start() if tail and not self._depth and self._may_be(tail[0]) else len(text)
        self._held = (text[stop - 1] if stop else " ") + text[stop:]
        return said + text[start:stop]

    def rest(self) -> str:
        """Return the text that was held back, at the end."""
        held, self._held = self._held[1:], ""
        return held

    def end(self, text: str) -> int:
        """Return the place behind the bracket that ends a call, or the text's length."""
        self._depth = self._depth or 1
        for at, sign in enumerate(text):
            escaped, self._escaped = self._escaped, sign == "\\" and not self._escaped
            if self._quote:
                self._quote = "" if sign == self._quote and not escaped else self._quote
            elif sign in "\"'":
                self._quote = sign
            elif sign in "()":
                self._depth += 1 if sign == "(" else -1
                if not self._depth:
                    return at + 1
        return len(text)

    def _may_be(self, word: str) -> bool:
        heads = ("functions.", "function.", "default_api.", "tools.", "tool.", *self._bare)
        return any(head.startswith(word) or (head[-1] == "." and word.startswith(head)) for head in heads)
