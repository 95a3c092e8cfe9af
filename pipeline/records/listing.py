"""The calls of a folder, each in a few facts: read from its call.json alone, unless its call has no summary yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import time

import msgspec

from pipeline.faults import KavError
from pipeline.records.files import ABOUT, EVENTS, About, Summary, read_about
from pipeline.records.finishing import summarise
from pipeline.records.reader import FRESH, Event, changed, events
from pipeline.vocabulary import USUAL, Cause, Word

UNUSUAL = frozenset(Cause) - USUAL


class CallState(Word):
    """The states of a recorded call."""

    ENDED = "ended", "It is over, and its record is whole."
    UNDER_WAY = "under way", "It has no end yet, and its record grew a moment ago."
    CUT = "cut", "Its record ends before the call: the server died, or the call was too long."
    BROKEN = "broken", "Its record cannot be read."


class ListedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded call; `began` is ISO 8601 in UTC, blank if it is not known, `problem` the fault of a broken record."""

    folder: Path
    state: CallState
    about: About
    summary: Summary
    problem: str = ""

    @property
    def began(self) -> datetime | None:
        """The time of the call's start; if it is not known, that of the record's last change."""
        try:
            return datetime.fromisoformat(self.about.began).astimezone(UTC)
        except (ValueError, OverflowError):  # of a time at the calendar's ends
            changed = _changed(self.folder)
            return datetime.fromtimestamp(changed, UTC) if changed else None

    @property
    def is_faulty(self) -> bool:
        """True if something went wrong: faults, an unusual end, a record that is not whole."""
        if self.state is CallState.UNDER_WAY:
            return bool(self.summary.faults)
        return self.state is not CallState.ENDED or bool(self.summary.faults) or self.summary.cause in UNUSUAL


def listed(folder: Path) -> ListedCall:
    """Return the facts of a record; a broken one has its problem."""
    about, problem = About(call_sid=folder.name, began=""), ""
    try:
        about = read_about(folder)
    except msgspec.MsgspecError as error:
        problem = f"{ABOUT} cannot be read: {error}"
    except ValueError as error:
        problem = str(error)
    except OSError as error:
        problem = "" if not (folder / ABOUT).exists() else f"{ABOUT} cannot be read: {error.strerror}"
    if about.summary is not None:
        state = CallState.CUT if about.summary.cut else CallState.ENDED
        return ListedCall(folder=folder, state=state, about=about, summary=about.summary)
    return _told(folder, about, problem)


def _told(folder: Path, about: About, problem: str) -> ListedCall:
    """Return the facts of a record without a summary, from its events."""
    found: list[Event] = []
    try:
        found, _ = events(folder)
    except KavError as error:
        problem = problem or str(error)
    if not found and not problem and time() - _changed(folder) > FRESH:
        problem = f"{EVENTS} has no event in it"
    summary = summarise(found)
    fresh = summary.cut and not summary.cause and time() - _changed(folder) < FRESH
    state = CallState.UNDER_WAY if fresh else CallState.CUT if summary.cut else CallState.ENDED
    return ListedCall(
        folder=folder,
        state=CallState.BROKEN if problem else state,
        about=about,
        summary=summary,
        problem=problem,
    )


def _changed(folder: Path) -> float:
    """Return when a record's events were written last, Unix time; 0 if that cannot be told."""
    try:
        return changed(folder)
    except OSError:
        return 0.0
