"""The reader of an index of calls: it follows the folders of records on disk, in a thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter, sleep, time_ns

import msgspec
from loguru import logger

from pipeline.faults import KavError
from pipeline.file_stamps import real, stamp
from pipeline.records.days import calls_of, days, is_whole
from pipeline.records.files import ABOUT
from pipeline.records.finishing import summarise
from pipeline.records.index import Index
from pipeline.records.listing import CallState, ListedCall, listed
from pipeline.records.reader import EVENT_FILES, events
from pipeline.records.words import are_logged

AT_A_TIME = 0.01  # seconds of reading, after which it rests as long
COARSE = 2_000_000_000  # ns: a folder that changed so lately may change again without another time of change


class IndexReader:
    """Keeps an index like the folders of records, which `folders` returns each time that it looks at them.

    Calls that were kept, changed or removed, by any process, are noticed when it looks: once at the start, and at each
    `catch_up`. A look has a thread of its own. The first reads all calls, the newest first, about half of the time; it
    ends early once `is_over` returns True.
    """

    def __init__(self, index: Index, folders: Callable[[], Iterable[str]], is_over: Callable[[], bool]) -> None:
        self.problem = ""  # the fault that keeps the index from being like the folders
        self._index, self._folders, self._is_over = index, folders, is_over
        self._changed = threading.Condition()
        self._asked, self._looked = 1, 0  # looks
        self._read, self._since = 0.0, 0.0
        self._thread: threading.Thread | None = None
        self._start()

    @property
    def share(self) -> float:
        """The share of the calls that has been read, 0 to 1; 1 after the first look."""
        return 1.0 if self._looked else min(self._read, 0.99)

    def catch_up(self, limit: float) -> None:
        """Look at the folders again, and wait until that is done, for `limit` seconds at most. Blocks."""
        with self._changed:
            self._asked += 1
            mine = self._asked
            self._start()
            self._changed.wait_for(lambda: self._looked >= mine, limit)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="past calls", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._looked == self._asked:
                    self._thread = None
                    return
                asked = self._asked
            self._try()
            with self._changed:
                self._looked = asked
                self._changed.notify_all()

    def _try(self) -> None:
        try:
            self._look()
            self.problem = ""
        except (OSError, sqlite3.Error) as error:
            if str(error) != self.problem:
                logger.warning("CONSOLE cannot list past calls: {}", error)
            self.problem = str(error)

    def _look(self) -> None:
        self._since = perf_counter()
        found = {day for folder in {real(it) for it in self._folders() if it} for day in days(folder)}
        known = self._index.days()
        for gone in known.keys() - {str(day) for day in found}:
            self._index.drop_day(gone)
        for number, day in enumerate(sorted(found, key=lambda it: (it.name, it), reverse=True)):
            self._read = number / len(found)
            self._read_day(day, known.get(str(day)), 1 / len(found))
        for name, call_sid, was in self._index.unsettled():
            if was != _stamp(folder := Path(name, call_sid)):
                self._read_call(folder)

    def _read_day(self, day: Path, known: int | None, share: float) -> None:
        """Read a day's folder if it has changed since its stamp was `known`; `share` is its part of all calls."""
        if (now := _day_stamp(day)) and now == known:
            return
        self._index.keep_day(str(day), 0)
        found, kept, start = {it.name: it for it in calls_of(day)}, self._index.calls(str(day)), self._read
        for gone in kept - found.keys():
            self._index.drop(str(day), gone)
        new = [found[name] for name in sorted(found.keys() - kept)]
        are_whole = []
        for number, folder in enumerate(new):
            if self._is_over():
                return
            are_whole.append(self._read_call(folder))
            self._read = start + share * number / len(new)
        if all(are_whole):  # else the first events of a call may come yet
            self._index.keep_day(str(day), now)

    def _read_call(self, folder: Path) -> bool:
        """Read a call's record into the index; False if its folder has none."""
        if (spent := perf_counter() - self._since) > AT_A_TIME:
            sleep(spent)
            self._since = perf_counter()
        seen = _stamp(folder)
        if not is_whole(folder):
            self._index.drop(str(folder.parent), folder.name)
            return False
        call = _complete(listed(folder))
        is_settled = call.about.summary is not None and call.state is not CallState.BROKEN
        under_way = call.state is CallState.UNDER_WAY  # until its events are no longer fresh: a matter of time
        kept = None if is_settled else "" if under_way else seen
        self._index.keep(str(folder.parent), call, are_logged(folder, call.about), kept)
        return True


def _complete(call: ListedCall) -> ListedCall:
    """Return a call with the figures that the summaries of an early version lack."""
    if call.summary.words is not None:
        return call
    try:
        told = summarise(events(call.folder)[0])
    except KavError:
        return call
    added = msgspec.structs.replace(call.summary, words=told.words, barge_ins=told.barge_ins)
    return msgspec.structs.replace(call, summary=added)


def _stamp(folder: Path) -> str:
    """Return a text that changes with the files of which an entry is made."""
    return " ".join(str(stamp(folder / name)) for name in (ABOUT, *EVENT_FILES))


def _day_stamp(day: Path) -> int:
    """Return when a day's folder changed, ns; 0 if that was so lately that it may change again unnoticed."""
    changed, *_ = stamp(day) or (0,)
    return changed if changed < time_ns() - COARSE else 0
