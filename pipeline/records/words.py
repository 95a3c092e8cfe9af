"""The words of a recorded call: those of both sides, and events without them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline import frames
from pipeline.events import EVENTS
from pipeline.records.files import CONFIG, About, Words
from pipeline.records.reader import Event
from pipeline.records.timeline import Timeline

SPOKEN = frozenset(("text", "heard", "kept", "to", "got", "digit"))  # fields with words, of frames and of events
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
    what, own = event["what"], {"what", "at", "no", "step", "place"}
    if event.get("frame"):
        known = isinstance(getattr(frames, what, None), type)
        return {**event, "frame": _without_words(event["frame"], known)}
    plain = {name: it for name, it in event.items() if name not in own}
    return {**event, **_without_words(plain, what in EVENTS)}


def _without_words(fields: Mapping[str, Any], known: bool) -> dict[str, Any]:
    return {name: _blank(it) if name in SPOKEN or not known else it for name, it in fields.items()}


def _blank(value: Any) -> Any:
    """Return a value with blanks in the place of its texts, at any depth."""
    if isinstance(value, str):
        return ""
    if isinstance(value, list):
        return [_blank(each) for each in value]
    return {name: _blank(it) for name, it in value.items()} if isinstance(value, dict) else value
