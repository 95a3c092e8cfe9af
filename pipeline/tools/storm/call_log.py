"""The log of one call, for the invariants: its events, the agent's messages, the sound that the caller heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from pipeline import audio
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.events import ModelExchange, Understood, VoiceExchange
from pipeline.frames import (
    AgentSpeaking,
    AudioOut,
    CallEnded,
    Control,
    Dtmf,
    Frame,
    Interrupt,
    ReplyStopped,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    ToolBegan,
    ToolEnded,
    Transcript,
    TurnDropped,
)
from pipeline.records.timeline import Timeline
from pipeline.text import phrase
from pipeline.tool import SLOW
from pipeline.tools.configtest import event_log
from pipeline.tools.storm.monitor import Held, SpokenOver
from pipeline.tools.storm.used import Used
from pipeline.vocabulary import DropReason

Found = Iterator[tuple[float, str]]  # breaches of a rule: call time in seconds, and a sentence
Event = tuple[float, str, dict[str, Any]]  # seconds of the call, the event's name, its particulars
SOON = 1e-6  # seconds: the same tick
# not shown around a breach
LEFT_OUT = tuple(each.name for each in (ModelExchange, VoiceExchange, SpokenOver, Held, Understood))
REACH = 1.5  # seconds of events shown before and after a breach


class Breach(NamedTuple):
    """A broken rule: its name, the time, and the difference."""

    rule: str
    at: float  # seconds of the call
    text: str


@dataclass(repr=False)
class CallLog:
    """One call: `events` as its watchers got them, `sent` the agent's messages; times in seconds of the call.

    `patience` is how long the agent may keep a caller waiting, `lead` how far ahead sound may be sent, in seconds.
    `wrong` counts the faulty input, by kind; `late_marks` is the most by which marks came late, in seconds.
    """

    call: Call
    chain: Chain
    events: list[Event]
    sent: list[tuple[float, dict[str, Any]]]
    ended: float
    patience: float = 16.0
    lead: float = 0.2
    burst: float = 0.06  # seconds of sound that leave together
    wrong: dict[str, int] = field(default_factory=dict)
    late_marks: float = 0.0
    introductions: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # names of the other callers at the same time
    used: Used | None = None  # the uses of tools, if the config has any

    def frames(self, *kinds: type[Any]) -> Iterator[tuple[float, Any]]:
        """Return the frames and controls of these classes, each with its time."""
        names = {kind.__name__ for kind in kinds}
        return ((at, it["frame"]) for at, what, it in self.events if what in names)

    def told(self, what: str) -> Iterator[tuple[float, dict[str, Any]]]:
        """Return the particulars of the events of a name, each with its time."""
        return ((at, it) for at, name, it in self.events if name == what)

    def messages(self, *kinds: str) -> Iterator[tuple[float, dict[str, Any]]]:
        """Return the agent's messages of these kinds, each with its time."""
        return ((at, it) for at, it in self.sent if it["event"] in kinds)

    @cached_property
    def timeline(self) -> Timeline:
        """The call's turns, replies and figures."""
        made = Timeline()
        for event in self.events:
            made.tell(*event)
        return made

    @cached_property
    def ignored(self) -> set[int]:
        """The turns whose words are none of the caller's: repetitions, and those said while keys were pressed."""
        reasons = (DropReason.REPEATED, DropReason.KEYS)
        return {each.turn for _, each in self.frames(TurnDropped) if each.reason in reasons}

    def typed_over(self, at: float) -> bool:
        """True if the caller's voice at a time is of a turn that keys bring to nothing."""
        keys = [when for when, _ in self.frames(Dtmf) if when <= at]
        ends = {each.turn: when for when, each in self.frames(TurnDropped) if each.reason == DropReason.KEYS}
        other = {each.turn for _, each in self.frames(Transcript) if each.final} - ends.keys()
        voices = [(when, each.turn) for when, each in self.frames(SpeechHeld, SpeechStarted) if each.turn not in other]
        # One that the call's end has left open has no reason: a key in it is as good.
        return any(
            since <= at <= ends.get(turn, at) + SOON and (turn in ends or any(since <= when for when in keys))
            for since, turn in voices
        )

    @cached_property
    def pauses(self) -> list[tuple[float, float]]:
        """The agent's pauses for voice that may have been an interruption: start and end, in seconds."""
        found: list[tuple[float, float]] = []
        since: float | None = None
        for at, each in self.frames(SpeechHeld, SpeechReleased, Interrupt, ReplyStopped, AgentSpeaking, CallEnded):
            if isinstance(each, SpeechHeld):
                since = at if since is None else since
            elif since is not None:
                found.append((since, at))
                since = None
        return found

    @cached_property
    def uses(self) -> list[tuple[float, float]]:
        """The times in which a use of a tool is asked for or under way: start and end, in seconds."""
        asked, since, found = dict[str, float](), dict[int, float](), list[tuple[float, float]]()
        for at, what, it in self.events:
            if what == ModelExchange.name and "use" in it:
                asked[it["use"]] = at
            elif what == ToolBegan.__name__:
                since[it["frame"].use] = asked.get(it["frame"].name, at)
            elif what == ToolEnded.__name__:
                found.append((since.pop(it["frame"].use, asked.get(it["frame"].name, at)), at))
        return [*found, *((at, self.ended) for at in since.values())]

    @cached_property
    def delays(self) -> frozenset[str]:
        """The sentences of tools that tell of a delay: they need not be said again."""
        fixed = [phrase(name, self.call.language) for name in SLOW] if self.call.tools else []
        return frozenset([*fixed, *(text for tool in self.call.tools for text in tool.settings.slow)])

    def is_at_work(self, began: float, until: float) -> bool:
        """True if a tool is at work at some time of these."""
        return any(since < until and began < to for since, to in self.uses)

    def played(self, began: float, until: float) -> float:
        """Return the seconds of sound, sent from `began` on, that were played by `until`."""
        end, heard = began, 0.0
        for at, _ in self.messages("media"):
            if began <= at <= until:
                start = max(end, at)
                end = start + audio.FRAME_SECONDS
                heard += min(max(0.0, until - start), audio.FRAME_SECONDS)
        return heard

    def spoken(self, turn: int, until: float) -> str:
        """Return the words of a reply with sound made by a time; a sentence counts from its first sound."""
        texts, whole = [], True
        for at, each in self.frames(AudioOut):
            if each.turn == turn and at <= until:
                texts += [each.text] if whole and each.text else []
                whole = each.last
        return " ".join(texts)

    def around(self, at: float) -> list[str]:
        """Return the events and messages within `REACH` of a time, as lines."""
        told = event_log.EventLog()
        shown = [(when, "event", what, it) for when, what, it in self.events if what not in LEFT_OUT]
        sent = [(when, "message", it["event"], {k: v for k, v in it.items() if k != "event"}) for when, it in self.sent]
        for when, kind, name, it in sorted(shown + sent, key=lambda each: each[0]):
            told.events.append(event_log.Event(when, kind, name, _fields(it)))
        return told.around(at, REACH)


def _fields(it: dict[str, Any]) -> dict[str, Any]:
    frame = it.get("frame")
    if not isinstance(frame, Frame | Control):
        return it
    return {name: getattr(frame, name) for name in frame.__struct_fields__}
