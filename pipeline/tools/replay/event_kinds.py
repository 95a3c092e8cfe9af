"""The kinds of what stands in a record: what came from outside, what providers were asked, what the chain did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pipeline.events import (
    BreakerChanged,
    ModelExchange,
    ProviderFailed,
    Refused,
    StepFailed,
    Voiced,
    VoiceExchange,
    VoiceFailed,
)
from pipeline.frames import AudioOut, SpeechStarted, SpeechStopped, Transcript
from pipeline.records.reader import Event
from pipeline.vocabulary import Refusal

# news of providers, which a replay has from the record
TOLD = frozenset(each.name for each in (ProviderFailed, BreakerChanged, VoiceFailed))
ASKED = frozenset((ModelExchange.name, VoiceExchange.name))  # what a provider was asked, and then what it gave
# in pieces as large as they came; what a vad judged shows in what follows
GIVEN = ASKED | {AudioOut.__name__, Voiced.name}
SPANS = frozenset(("at", "no", "after", "heard_seconds"))  # as long as the loop took, which is never twice the same


class Ask(msgspec.Struct, frozen=True):
    """A question to a provider: the `nth` with this `key`, which is what kind it was and to which text."""

    no: int
    at: float
    key: tuple[str, str]
    nth: int


def asks(events: Iterable[Event]) -> Iterator[Ask]:
    """What providers were asked, in its order."""
    counts = Counter[tuple[str, str]]()
    for event in filter(is_ask, events):
        counts[key(event)] += 1
        yield Ask(event.no, event.at, key(event), counts[key(event)])


def key(ask: Event) -> tuple[str, str]:
    """The kind of a question, and its text."""
    return ask.what, ask.content["to"]


def is_ask(event: Event) -> bool:
    """Whether a provider is asked; what it gives are the same events with more in them."""
    return event.what in ASKED and not event.content.keys() & {"got", "error", "ended"}


def is_input(event: Event) -> bool:
    """Whether it came from outside of the chain, at a moment of its own: news, and words that may still change."""
    return is_told(event) or (event.what == Transcript.__name__ and not event.frame["final"])


def is_told(event: Event) -> bool:
    """Whether it is news from outside of the chain."""
    return event.what in TOLD or (event.what == Refused.name and event.content.get("reason") == Refusal.BINARY)


def is_own(event: Event) -> bool:
    """Whether it is what the chain did: this happens in each replay of the same config, and in the same order."""
    return event.what not in GIVEN and not is_told(event)


def plain(event: Event) -> dict[str, Any]:
    """What happened, but not when, and not how long it took on the loop's clock; stream time is exact, and stays."""
    content = {name: it for name, it in event.content.items() if name not in SPANS}
    if event.what == StepFailed.name:
        content["step"] = content["step"].partition(" (")[0]  # without the file and line of a config
    if "frame" in content:
        frame = event.frame
        own_at = event.what in (SpeechStarted.__name__, SpeechStopped.__name__)  # stream time, which is exact
        content["frame"] = {name: it for name, it in frame.items() if name not in SPANS or (name == "at" and own_at)}
    return {"what": event.what, **content}
