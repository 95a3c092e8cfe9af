"""The uses of tools that a streamed answer asks for, in the dialects of servers.

OpenAI's own stream numbers each use by its `index`, and has its id and name in the first delta alone. Servers that call
themselves compatible leave any of the three out, repeat it in each delta, or give all uses the same one; so a delta
belongs to the use before it as long as the name is the same and the arguments are no whole JSON object yet.
Source: https://platform.openai.com/docs/guides/function-calling#streaming; ollama/ollama#7881, openai-python#2806,
InternLM/lmdeploy#3412, apache/maka#1976 for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pipeline.llm.asked import Asked

MOST = 30  # uses in an answer
LONGEST = 100_000  # characters of arguments in an answer

_PREFIX = re.compile(r"(?:functions?|tools?|default_api)[.:/]")
_SUFFIX = re.compile(r"<\|.*|:\d+$", re.DOTALL)  # control tokens, and numbers, that models put behind a name


class Uses:
    """Reads the deltas of uses; `offered` are the names of the tools that the request has.

    `feed` yields a use as soon as its name is known, `end` each one whole: only an answer that has come to its end is
    sure to have them all. Arguments are passed on as the model wrote them: who uses the tool checks them.
    """

    def __init__(self, offered: Sequence[str]) -> None:
        self.is_full = False  # the bounds are reached: the rest of the answer is not read
        self._offered = tuple(offered)
        self._found: list[_Use] = []
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def feed(self, deltas: Sequence[dict[str, Any]]) -> Iterator[Asked]:
        """Yield those of the uses whose names are known by now."""
        for delta in deltas:
            index, sid, name, text = _read(delta)
            use = self._meant(index, sid, name, text)
            while use is not None:
                text = text[: LONGEST - self._size]
                self._size += len(text)
                self.is_full = self.is_full or self._size == LONGEST
                text = use.add(text)
                use = self._begin(_Use(index, sid, use.next_names())) if text else None
            yield from self._named(last=False)

    def written(self, uses: Sequence[tuple[str, str]]) -> Iterator[Asked]:
        """Take uses that were written as text, by name and arguments, and yield each one's first."""
        return self.feed([{"name": name, "arguments": text, "index": -at} for at, (name, text) in enumerate(uses, 1)])

    def end(self) -> Iterator[Asked]:
        """Yield every use whole, at the end of the answer."""
        yield from self._named(last=True)
        for at, use in enumerate(self._found):
            yield Asked(index=at, name=use.name, arguments=use.whole(), whole=True)

    def _meant(self, index: int | None, sid: str, name: str, text: str) -> _Use | None:
        """Return the use that a delta belongs to, which may be a new one; None if there is room for no more."""
        same = self._found if index is None else [use for use in self._found if use.index == index]
        if not same and not (name or sid):
            same = self._found[-1:]
        use = next((use for use in reversed(same) if sid and use.sid == sid), same[-1] if same else None)
        if use is None or not self._goes_on(use, sid, name, text):
            if not (sid or name or text):
                return None  # particulars of the server alone, such as a signature
            return self._begin(_Use(index, sid, self._known(name) if name or use is None else use.next_names()))
        use.sid = use.sid or sid
        if name and not use.name:
            use.names = self._known(name)
        elif name and self._is_piece(use, name):
            use.names = [use.name + name]
        return use

    def _goes_on(self, use: _Use, sid: str, name: str, text: str) -> bool:
        """True if a delta goes on with this use; False if it begins another."""
        # Ids decide nothing until the arguments are whole: some servers make a new one for each delta.
        if name and use.name and self._known(name)[0] != use.name and not self._is_piece(use, name):
            return False
        if not use.is_complete:
            return True
        if text.lstrip().startswith("{"):
            return bool(sid) and sid == use.sid and text == "".join(use.parts)  # said once more
        return not (name and sid and use.sid and sid != use.sid)

    def _is_piece(self, use: _Use, name: str) -> bool:
        """True if a name goes on with one that came in pieces."""
        return not use.parts and any(each.startswith(use.name + name) for each in self._offered)

    def _begin(self, use: _Use) -> _Use | None:
        if len(self._found) == MOST:
            self.is_full = True
            return None
        self._found.append(use)
        return use

    def _known(self, name: str) -> list[str]:
        """Return the tools' names in a name: the last is the one that goes on, others were run together with it."""
        for each in (name, _SUFFIX.sub("", _PREFIX.sub("", name.strip()))):
            rest, names = each, list[str]()
            while found := max((it for it in self._offered if rest.startswith(it)), key=len, default=""):
                names, rest = [*names, found], rest[len(found) :]
            if names and not rest:
                return list(dict.fromkeys(names))
        return [name]

    def _named(self, last: bool) -> Iterator[Asked]:
        """Yield the uses whose names have become known."""
        for at, use in enumerate(self._found):
            known = last or use.parts or use.name in self._offered or use is not self._found[-1]
            if use.name and use.told != use.name and known:
                use.told = use.name
                yield Asked(index=at, name=use.name)


class _Use:
    """One use, as far as it has come."""

    def __init__(self, index: int | None, sid: str, names: list[str]) -> None:
        self.index, self.sid = index, sid
        self.names = names  # its own, and those run together with it
        self.parts: list[str] = []  # of the arguments
        self.told = ""  # the name under which it was yielded
        self.is_complete = False  # the arguments are a whole JSON object
        self._depth, self._quoted, self._escaped = 0, False, False

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.names[0]

    def next_names(self) -> list[str]:
        """Return the names of a use whose arguments follow on this one's without a name."""
        return self.names[1:] or self.names

    def add(self, text: str) -> str:
        """Add to the arguments, and return the object behind a whole one: it belongs to another use."""
        if self.is_complete:
            return ""
        if not self.parts:
            text = text.lstrip()
        if not text or not (self.parts or [text])[0].startswith("{"):
            self.parts += [text] if text else []
            return ""
        at = self._end(text)
        self.parts.append(text[:at])
        # Anything but an object is what a server's parser has left, such as the end of the model's own mark.
        rest = text[at:].lstrip()
        return rest if rest.startswith("{") else ""

    def _end(self, text: str) -> int:
        """Return the place behind the object's last brace, or the text's length."""
        for at, sign in enumerate(text):
            escaped, self._escaped = self._escaped, sign == "\\" and not self._escaped
            if sign == '"' and not escaped:
                self._quoted = not self._quoted
            elif not self._quoted and sign in "{}":
                self._depth += 1 if sign == "{" else -1
                if not self._depth:
                    self.is_complete = True
                    return at + 1
        return len(text)

    def whole(self) -> str:
        """Return the arguments; an object within a JSON text is taken out of it."""
        text = "".join(self.parts).strip()
        try:
            inner = msgspec.json.decode(text) if text.startswith('"') else text
        except msgspec.DecodeError:
            inner = text
        return "" if text in ("null", '""') else inner if isinstance(inner, str) else text


def _read(delta: dict[str, Any]) -> tuple[int | None, str, str, str]:
    """Return a delta's index, id, name and arguments; blank are those that it lacks."""
    inner = delta.get("function")
    told = inner if isinstance(inner, dict) else delta
    name, index = told.get("name"), delta.get("index")
    given = next((told[key] for key in ("arguments", "parameters", "input") if told.get(key) is not None), "")
    text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    sid = delta.get("id") or told.get("id")
    return (
        index if isinstance(index, int) else None,
        sid if isinstance(sid, str) else "",
        name if isinstance(name, str) else "",
        text,
    )
