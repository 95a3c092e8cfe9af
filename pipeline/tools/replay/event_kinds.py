"""Sort the events of a record: input from outside, questions to providers, the chain's own doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pipeline.events import (
    AfterCallFailed,
    BreakerChanged,
    EchoHeard,
    ModelExchange,
    ProviderFailed,
    RecognitionReopened,
    Refused,
    ReplyUnfinished,
    StepFailed,
    ToolExchange,
    Unspoken,
    Voiced,
    VoiceExchange,
    VoiceFailed,
)
from pipeline.frames import AudioOut, SpeechStarted, SpeechStopped, Transcript, WordsHeld
from pipeline.records.reader import Event
from pipeline.vocabulary import Refusal

DECIDES = "EndOfUtterance"  # the class of the step that decides on speech that is held
# news of providers: a replay takes it from the record
TOLD = frozenset(each.name for each in (ProviderFailed, BreakerChanged, RecognitionReopened, VoiceFailed, Unspoken))
# a question to a provider or a tool, and then its answer
ASKED = frozenset((ModelExchange.name, VoiceExchange.name, ToolExchange.name))
# Not compared: their pieces depend on the loop's timing, a judgement of the vad shows in later events, a replay does no
# work after a call, which would reach the world a second time, and an older record has no unfinished replies. An echo
# shows in later events, too.
GIVEN = ASKED | {
    AudioOut.__name__,
    Voiced.name,
    EchoHeard.name,
    AfterCallFailed.name,
    ReplyUnfinished.name,
}
# Not compared: measured on the loop's clock, which never repeats exactly, or missing in an older record (`breath`).
SPANS = frozenset(("at", "no", "after", "heard_seconds", "silent_after", "left", "breath"))


class Ask(msgspec.Struct, frozen=True):
    """A question to a provider: the `nth` with this `key`, its kind and text; `no` is its number in the record."""

    no: int
    at: float
    key: tuple[str, str]
    nth: int


def asks(events: Iterable[Event]) -> Iterator[Ask]:
    """Yield the questions to providers, in their order."""
    counts = Counter[tuple[str, str]]()
    for event in filter(is_ask, events):
        counts[key(event)] += 1
        yield Ask(event.no, event.at, key(event), counts[key(event)])


def key(ask: Event) -> tuple[str, str]:
    """Return the kind of a question, and its text."""
    return ask.what, ask.content["to"]


def is_ask(event: Event) -> bool:
    """True if the event asks a provider; an answer is an event of the same name with more in it."""
    return event.what in ASKED and not event.content.keys() & {"got", "error", "ended"}


def is_input(event: Event) -> bool:
    """True if the event came from outside the chain at a moment of its own: news of providers, interim words."""
    return is_told(event) or is_interim(event)


def is_interim(event: Event) -> bool:
    """True if the event has interim words, as a recogniser gave them."""
    if event.what == WordsHeld.__name__:
        return not event.frame["final"]
    # Those of speech that was held come once more, from the step that has decided on it.
    return event.what == Transcript.__name__ and not event.frame["final"] and event.content.get("step") != DECIDES


def is_told(event: Event) -> bool:
    """True if the event is news from outside the chain: of a provider, or of a refused binary message."""
    return event.what in TOLD or (event.what == Refused.name and event.content.get("reason") == Refusal.BINARY)


def is_own(event: Event) -> bool:
    """True if the chain did it: a replay with the same config has the same ones in the same order."""
    return event.what not in GIVEN and not is_told(event)


def plain(event: Event) -> dict[str, Any]:
    """Return the event's comparable fields: no loop times and durations, but stream times, which are exact.

    The place of a step is none of them: the config of a replay may have one step more.
    """
    content = {name: it for name, it in event.content.items() if name not in SPANS and name != "place"}
    if event.what == StepFailed.name:
        content["step"] = content["step"].partition(" (")[0]  # without the file and line of a config
    if "frame" in content:
        frame = event.frame
        own_at = event.what in (SpeechStarted.__name__, SpeechStopped.__name__)  # stream time, which is exact
        content["frame"] = {name: it for name, it in frame.items() if name not in SPANS or (name == "at" and own_at)}
    return {"what": event.what, **content}


def agrees(recorded: dict[str, Any], now: dict[str, Any]) -> bool:
    """True if an event's comparable fields are the recorded ones; a field missing in an older record may be any."""
    frame, other = recorded.get("frame"), now.get("frame")
    if frame is not None and other is not None:
        known = {name: it for name, it in other.items() if name in frame}
        return recorded == {**now, "frame": known}
    return recorded == now


def has_fillers(events: Iterable[Event]) -> bool:
    """False if the record is of a version in which no filler was said, and a turn had no time of its own."""
    stops = [it for it in events if it.what == SpeechStopped.__name__]
    return not stops or any("silence" in it.frame for it in stops)


def has_holds(events: Iterable[Event]) -> bool:
    """False if the record is of a version in which the third voiced frame interrupted the agent."""
    starts = [it for it in events if it.what == SpeechStarted.__name__]
    return not starts or any("since" in it.frame for it in starts)
