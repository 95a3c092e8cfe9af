"""The log of a call's events, in order: frames, controls, messages, log lines, words heard, the caller's actions."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from pathlib import Path
from traceback import extract_tb
from typing import Any

import msgspec

from pipeline import events
from pipeline.frames import AgentSpeaking, CallEnded, CallStarted, Control, Frame, Interrupt
from pipeline.phone.virtual_line import CALL_SID, STREAM_SID
from pipeline.records.timeline import Timeline
from pipeline.vocabulary import Cause

SHOWN = 60  # characters of a text in a timeline


class Event(msgspec.Struct, frozen=True):
    """An event; `kind` is frame, control, message, log, heard or caller."""

    at: float  # seconds of the call
    kind: str
    name: str  # the class of a frame, the event of a message; empty for words
    fields: dict[str, Any]  # of words: their `text`

    def __str__(self) -> str:
        shown = [f"{name}={_shown(value)}" for name, value in self.fields.items() if name != "text" or self.name]
        return " ".join([self.kind, self.name or _clip(self.fields.get("text", "")), *shown])


class EventLog:
    """The events of one call, on a loop's time; `length` is the call's, in seconds, once it is over.

    `faults` are the agent's errors, each with its time; `missed` is the number, from 0, of the first step of `send`
    that was not done, and the reason.
    """

    def __init__(self, loop: AbstractEventLoop | None = None, length: float = 0.0) -> None:
        self.events: list[Event] = []
        self.timeline = Timeline()
        self.length = length
        self.faults: list[tuple[float, str]] = []
        self.missed: tuple[int, str] | None = None
        self.underruns = 0
        self._loop = loop
        self._start = loop.time() if loop is not None else 0.0
        self._changed: Future[None] | None = None

    @property
    def now(self) -> float:
        """Seconds since the log began; 0 without a loop."""
        return self._loop.time() - self._start if self._loop is not None else 0.0

    def say(self, kind: str, text: str) -> None:
        """Add an event of words: log, heard or caller."""
        self.add(kind, "", {"text": text})

    def add(self, kind: str, name: str, fields: dict[str, Any]) -> None:
        """Add an event that happens now, and wake `change`."""
        self.events.append(Event(round(self.now, 9), kind, name, fields))
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def log(self, text: str, error: BaseException | None) -> None:
        """Add a line of the log; with an error, it is also a fault: a step failed."""
        self.say("log", text)
        if error is not None:
            last = extract_tb(error.__traceback__)[-1:]
            place = "".join(f" ({Path(it.filename).name}:{it.lineno})" for it in last)
            self.faults.append((self.now, f"a step failed: {text.removeprefix('FAULT in ')}: {error}{place}"))

    async def change(self) -> None:
        """Wait for the next event. One task at a time may wait."""
        self._changed = asyncio.get_running_loop().create_future()
        await self._changed

    def watch(self, _: float, event: events.Event) -> None:
        """Add an event of the call: frames, controls, and the words heard that they tell of."""
        self.timeline.tell(round(self.now, 9), event.what, event.particulars())
        if isinstance(event, events.Unspoken):
            self.faults.append((self.now, f"no voice spoke a sentence, and a beep or the clip was heard: {event.text}"))
        passing = event.frame if isinstance(event, events.Passed) else None
        if isinstance(passing, Frame | Control):
            fields = {name: getattr(passing, name) for name in passing.__struct_fields__}
            self.add("frame" if isinstance(passing, Frame) else "control", event.what, fields)
        if isinstance(passing, AgentSpeaking | Interrupt) and passing.heard:
            self.say("heard", passing.heard)

    def around(self, at: float, reach: float) -> list[str]:
        """Return the events within `reach` seconds of a time, as lines; successive media messages are one line."""
        rows: list[tuple[Event, int]] = []
        for event in self.events:
            if abs(event.at - at) > reach:
                continue
            if rows and event.name == "media" and rows[-1][0].name == "media":
                rows[-1] = (rows[-1][0], rows[-1][1] + 1)
            else:
                rows.append((event, 1))
        return [f"{row.at:8.3f} s  {row}" + (f" × {count}" if count > 1 else "") for row, count in rows]


def nothing() -> EventLog:
    """Return the log of a call in which neither side makes a sound: an expectation that it fulfils shows nothing."""
    log = EventLog(length=float("inf"))
    started, ended = CallStarted(CALL_SID, STREAM_SID, {}), CallEnded(Cause.STOP)
    log.watch(0.0, events.Passed(started, ""))
    log.say("log", f"WS_START sid={STREAM_SID} call_sid={CALL_SID}")
    log.say("log", f"WS_MEDIA sid={STREAM_SID} rx=50")
    log.watch(0.0, events.Passed(ended, ""))
    return log


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value) / 16000:.2f}s"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return (
        f'"{_clip(value)}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _clip(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
