"""Closed hours: a caller who comes outside them is told so, and the agent hangs up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from kav import Processor, StepSettings, doc, on
from kav.frames import (
    AgentSpeaking,
    CallStarted,
    Frame,
    Hangup,
    ReplyEnded,
    ReplyText,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BusinessHours(Processor):
    """Answers outside the opening hours itself: it says `closed` and hangs up once that was heard."""

    gives = (ReplyText, ReplyEnded, Hangup)

    class Settings(StepSettings, frozen=True, kw_only=True):
        zone: Annotated[str, doc("The time zone, e.g. Asia/Jerusalem.", sample="Asia/Jerusalem")]
        days: Annotated[tuple[str, ...], doc("Open days: mon, tue, wed, thu, fri, sat, sun.")] = DAYS[:5]
        opens: Annotated[str, doc("The time of opening, hh:mm.")] = "09:00"
        closes: Annotated[str, doc("The time of closing, hh:mm; at or before `opens`: on the next day.")] = "17:00"
        closed: Annotated[str, doc("Said outside the hours.")] = "We are closed now. Please call again tomorrow."
        clock: Annotated[str, doc("A local time to take for now, 2026-11-30T08:00; for tests.")] = ""

        def faults(self) -> Iterable[tuple[str, str]]:
            if self.zone not in available_timezones():
                yield "zone", "is no time zone, e.g. Europe/Berlin; on Windows, install the package tzdata"
            if odd := [day for day in self.days if day not in DAYS]:
                yield "days", f"has {odd[0]!r}; the days are {', '.join(DAYS)}"
            for name, parse in (("opens", time.fromisoformat), ("closes", time.fromisoformat)):
                if not _reads(parse, getattr(self, name)):
                    yield name, "is no time of day, e.g. 09:00"
            if self.clock and not _reads(datetime.fromisoformat, self.clock):
                yield "clock", "is no date and time, e.g. 2026-11-30T08:00"

    settings: Settings

    def begin(self) -> None:
        self.is_closed = False

    @on(CallStarted)
    def start(self, frame: CallStarted) -> None:
        settings = self.settings
        now = datetime.fromisoformat(settings.clock) if settings.clock else datetime.now(ZoneInfo(settings.zone))
        self.push(frame)
        if not is_open(now, settings.days, time.fromisoformat(settings.opens), time.fromisoformat(settings.closes)):
            self.is_closed = True
            self.push(ReplyText(self.chain.turn, settings.closed))
            self.push(ReplyEnded(self.chain.turn))

    @on(SpeechHeld, SpeechReleased, SpeechStarted, SpeechStopped, TurnDropped, Transcript)
    def caller(self, frame: Frame) -> None:
        # Nothing that the caller says reaches the model or stops the announcement.
        if not self.is_closed:
            self.push(frame)

    @on(AgentSpeaking)
    def said(self, control: AgentSpeaking) -> None:
        if self.is_closed and not control.on:
            self.raise_up(Hangup("closed hours"))


def is_open(now: datetime, days: tuple[str, ...], opens: time, closes: time) -> bool:
    """True at a local time within the hours; those that end at or before their beginning reach into the next day."""
    today, yesterday = DAYS[now.weekday()] in days, DAYS[now.weekday() - 1] in days
    if opens < closes:
        return today and opens <= now.time() < closes
    return (today and now.time() >= opens) or (yesterday and now.time() < closes)


def _reads(parse: object, text: str) -> bool:
    try:
        parse(text)  # type: ignore[operator]
    except ValueError:
        return False
    return True
