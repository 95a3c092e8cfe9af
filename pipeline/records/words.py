"""The words of a recorded call: those of both sides, and events without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline import frames
from pipeline.events import EVENTS
from pipeline.records.files import CONFIG, About, Words
from pipeline.records.reader import Event
from pipeline.records.timeline import Timeline
from pipeline.redaction.words import KEY, fragment, redacted

SPOKEN = frozenset(  # fields with words, of frames and of events
    ("text", "heard", "kept", "to", "got", "digit", "digits", "arguments", "again", "brief", "facts")
)
PIECEMEAL = frozenset(("bit",))  # events of a text that comes in pieces: none has a whole number
PRESSED = frozenset(("digit", "digits"))  # fields with keys, each a character
CUT = frozenset(("heard", "got"))  # fields with the beginning of a text, which may end inside a number
Change = Callable[[str, str], str]  # the name of a field, and its text

_UNLOGGED = re.compile(rb"^log_words: *false *(#.*)?$", re.MULTILINE)


def words(told: Timeline) -> Words:
    """Return the words of a call's timeline."""
    replies = {reply.turn: " ".join(reply.pieces) for reply in told.replies}
    said = (turn.text for turn in told.turns if turn.text)
    return Words(caller="\n".join(said), agent="\n".join(filter(None, replies.values())))


def are_logged(folder: Path, about: About) -> bool:
    """True unless the config that answered a call has `log_words: false`; `about` is the content of its call.json."""
    if about.log_words is not None:
        return about.log_words
    with suppress(OSError):  # an early version kept it in the config alone
        return _UNLOGGED.search((folder / CONFIG).read_bytes()) is None
    return True


def without_words(event: Event) -> Event:
    """Return a recorded event with blanks in the place of the words of the caller and of the agent.

    Of a plug-in's own events and frames, every text is blank, as it may be words.
    """
    content = wordless({"what": event.what, **event.content})
    del content["what"]
    return msgspec.structs.replace(event, content=content)


def wordless(event: Mapping[str, Any]) -> dict[str, Any]:
    """Do the same for the fields of an event, its `what` among them."""
    return _changed(event, lambda *_: "")


def redacted_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with callers' personal data masked, in words and in the keys that were pressed."""
    whole = event["what"] not in PIECEMEAL and event.get("frame", {}).get("final", True)
    return _changed(event, lambda name, text: _redacted(name, text, whole))


def _redacted(name: str, text: str, whole: bool) -> str:
    if name in PRESSED:
        return KEY * len(text)
    return redacted(text) if whole and name not in CUT else fragment(text)


def _changed(event: Mapping[str, Any], change: Change) -> dict[str, Any]:
    what, own = event["what"], {"what", "at", "no", "step", "place"}
    if event.get("frame"):
        known = isinstance(getattr(frames, what, None), type)
        return {**event, "frame": _with(event["frame"], known, change)}
    plain = {name: it for name, it in event.items() if name not in own}
    return {**event, **_with(plain, what in EVENTS, change)}


def _with(fields: Mapping[str, Any], known: bool, change: Change) -> dict[str, Any]:
    return {name: _each(it, name, change) if name in SPOKEN or not known else it for name, it in fields.items()}


def _each(value: Any, field: str, change: Change) -> Any:
    """Return a value with its texts changed, at any depth."""
    if isinstance(value, str):
        return change(field, value)
    if isinstance(value, list):
        return [_each(each, field, change) for each in value]
    return {name: _each(it, field, change) for name, it in value.items()} if isinstance(value, dict) else value
