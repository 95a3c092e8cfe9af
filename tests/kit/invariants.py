"""Invariants that hold after every test of the folders in which calls are run: nothing of the test is left.

No task, thread, child process, file or socket; no error unseen; no slot, no stream at a stand-in; each record has one
end. `tests/conftest.py` has the fixture. Tasks are looked for where a loop ends: `tests.kit.alone.run`, `run_virtual`.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp.web_app import _cached_build_middleware

from pipeline.vocabulary import State

FOLDERS = ("abilities", "behaviour", "calls", "processors", "server")
GRACE = 1.0  # seconds in which the kernel, and threads of libraries, let go of what was closed
PAUSE = 0.005
TASKS = Path("/proc/self/task")
OURS_ALONE = "anon_inode:[eventfd]"  # grpc makes its own anew after each fork


def is_watched(path: Path) -> bool:
    """True for a test file below one of the folders in which calls are run."""
    parts = path.parts
    return "tests" in parts[:-2] and parts[len(parts) - parts[::-1].index("tests")] in FOLDERS


class Held(NamedTuple):
    """Things that this process holds at one moment: open files, threads, child processes."""

    files: frozenset[tuple[str, str]]  # number, and the file or socket
    threads: frozenset[threading.Thread]
    children: frozenset[str]

    @classmethod
    def now(cls) -> Held:
        """Look at all of them."""
        return cls(frozenset(_files()), frozenset(threading.enumerate()), frozenset(_children()))

    def left(self) -> list[str]:
        """Return those that are held now and were not then, once they have had their grace."""
        if not (new := self._new()):
            return []
        _cached_build_middleware.cache_clear()  # aiohttp holds the last servers by it, and so their channels
        gc.collect()
        for _ in range(round(GRACE / PAUSE)):
            if not (new := self._new()):
                return []
            threading.Event().wait(PAUSE)
        return new

    def _new(self) -> list[str]:
        now = Held.now()
        files = [f"open file {number}: {name}" for number, name in now.files - self.files]
        threads = [f"thread {it.name}" for it in now.threads - self.threads]
        return [*files, *threads, *(f"child process {it}" for it in now.children - self.children)]


def _files() -> Iterator[tuple[str, str]]:
    folder = "/proc/self/fd"
    for number in os.listdir(folder):  # noqa: PTH208  # twice for each test: no Path for each file
        try:
            name = os.readlink(f"{folder}/{number}")  # noqa: PTH115
        except FileNotFoundError:  # the folder itself, while it was listed
            continue
        if name != OURS_ALONE:
            yield number, name


def _children() -> Iterator[str]:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # the usual case, at the price of one system call
        return
    for thread in TASKS.iterdir():
        try:
            yield from (thread / "children").read_text(encoding="ascii").split()
        except (FileNotFoundError, ProcessLookupError):
            continue


# ---- errors that nobody saw ---------------------------------------------------------------------------------------


class Unseen(logging.Handler):
    """Keeps the errors that asyncio logs: a task's that was never retrieved, a task destroyed while it was pending."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(f"unseen: {logging.Formatter().format(record)}")


def is_ours(record: logging.LogRecord) -> bool:
    """False for grpc's poller of all loops, of which one has ended; it goes on with the next."""
    polled = "PollerCompletionQueue._handle_events" in record.getMessage()
    return not (polled and "loop is closed" in str(record.exc_info))


UNSEEN = Unseen()
logging.getLogger("asyncio").addHandler(UNSEEN)
logging.getLogger("asyncio").addFilter(is_ours)  # before any handler: a test that reads the log would find it, too


# ---- slots and streams --------------------------------------------------------------------------------------------


class Made:
    """The instances of a class that a test has made, from whichever module the test has them."""

    def __init__(self, kind: type[Any]) -> None:
        self.all: list[Any] = []
        begin = kind.__init__

        @functools.wraps(begin)
        def remembered(it: Any, *args: Any, **kwargs: Any) -> None:
            begin(it, *args, **kwargs)
            self.all.append(it)

        kind.__init__ = remembered


STAND_INS = {
    "google_speech": ("GoogleSpeech", "open"),
    "google_tts": ("GoogleTts", "open_streams"),
    "openai": ("OpenAi", "open"),
}
BOARDS: list[Made] = []
STREAMS: list[str] = []  # those that were open when their stand-in stopped
_known: set[str] = set()
_module = ""  # of the last test that was watched


def observe(module: str) -> None:
    """From now on, remember each switchboard, and look at each stand-in as it stops; of modules that are loaded.

    Before the first test of a `module`, things of tests that are not watched are collected, and their errors forgotten.
    """
    global _module
    if module != _module:
        _module = module
        _cached_build_middleware.cache_clear()
        gc.collect()
        UNSEEN.kept.clear()
    for module, kind in _fresh({"pipeline.server.switchboard": "Switchboard"}):
        BOARDS.append(Made(getattr(module, kind)))
    for module, kind in _fresh({f"pipeline.standins.{room}.server": kind for room, (kind, _) in STAND_INS.items()}):
        _look_as_it_stops(getattr(module, kind), dict(STAND_INS.values())[kind])


def _fresh(names: dict[str, str]) -> Iterator[tuple[Any, str]]:
    for name, kind in names.items():
        if name in sys.modules and name not in _known:
            _known.add(name)
            yield sys.modules[name], kind


def _look_as_it_stops(kind: Any, streams: str) -> None:
    stop: Callable[..., Any] = kind.__aexit__

    @functools.wraps(stop)
    async def stopped(it: Any, *error: Any) -> None:
        for _ in range(round(GRACE / PAUSE)):
            if error[0] is not None or not getattr(it, streams):
                break
            await asyncio.sleep(PAUSE)
        else:
            STREAMS.append(f"{getattr(it, streams)} streams open at {kind.__name__} when it stopped")
        await stop(it, *error)

    kind.__aexit__ = stopped


def slots() -> Iterator[str]:
    """Tell of each slot that was not given back, or more than once, by a server that has stopped."""
    for board in (board for made in BOARDS for board in made.all):
        registry = board.registry
        counts = {name: count for name, count in registry._slots.items() if count}
        if registry.entries or counts:
            yield f"slots {sorted(registry.entries)}, counted {counts}"
        yield from (f"cause {it!r} of {sid}" for sid, it in registry.ended.items() if not it)


# ---- records ------------------------------------------------------------------------------------------------------


def records(folder: Path) -> Iterator[str]:
    """Tell of each record below a folder with a second end, lines after it, times that run back, or no cause."""
    for path in folder.rglob("events.jsonl"):
        try:
            events = [json.loads(line) for line in path.read_bytes().splitlines()]
        except ValueError:  # half a line: its process was killed, or its disk full
            continue
        ends = [at for at, event in enumerate(events) if event.get("what") == "ended"]
        if ends and ends != [len(events) - 1]:
            yield f"{path}: ended at lines {ends} of {len(events)}"
        if ends and not events[ends[0]].get("cause"):
            yield f"{path}: no cause"
        yield from _disorder(path, events)


def _disorder(path: Path, events: list[dict[str, Any]]) -> Iterator[str]:
    over = [at for at, event in enumerate(events) if event.get("what") == "state" and event.get("now") == State.ENDED]
    if len(over) > 1:
        yield f"{path}: the call ended {len(over)} times"


def faults(folder: Path | None) -> list[str]:
    """Return everything that a test has left beside what the process holds, and forget it."""
    found = [*UNSEEN.kept, *STREAMS, *slots(), *(records(folder) if folder is not None else ())]
    for kept in (UNSEEN.kept, STREAMS, *(made.all for made in BOARDS)):
        kept.clear()
    return found
