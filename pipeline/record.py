"""What is kept of a call: every message both ways, every event, and how it sounded.

    FOLDER/2026-11-22/CA…/wire.jsonl    {"at": 1.024, "way": "in", "message": {…}}   `in` from Twilio, `out` to it
                          events.jsonl  {"at": 0.0, "what": "call", "config": "demo", "hash": "3f…", "caller": "+…", …}
                                        {"at": 1.024, "what": "Transcript", "frame": {…}, "step": "Google"}
                          audio.wav     the caller on the left, the agent on the right, in true time

`at` is in seconds from the start of the call. A message that is not JSON stands under `text` instead of `message`.
The call only appends to a queue: one thread writes for all calls, and a disk that fails ends the record, not the call.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
from loguru import logger

from pipeline.frames import Control, Frame
from pipeline.listen import render
from pipeline.wire import CALL_SID

if TYPE_CHECKING:
    from pipeline.config import RecordSettings

QUEUE = 20_000  # entries of one call that wait for the disk: minutes of a call
EVERY = 1.0  # seconds between writes
WIRE, EVENTS, AUDIO = "wire.jsonl", "events.jsonl", "audio.wav"

Item = tuple[float, str, Any]  # loop time in seconds; `in`, `out` or an event's name; message or particulars


class Record:
    """One call's record. `folder` is where it is kept, `started` the loop time of the call's start."""

    def __init__(self, folder: Path, settings: RecordSettings, started: float) -> None:
        self.folder = folder
        self.settings = settings
        self.started = started
        self.until = started + settings.max_minutes * 60
        self.queue: deque[Item] = deque()
        self.dropped = 0  # entries that found the queue full
        self.over = False  # nothing more is taken
        self.failed = False  # the disk refused
        self._files: dict[str, BinaryIO] = {}

    def message(self, now: float, way: str, data: bytes) -> None:
        """Keep a message that came `in` or went `out` at this loop time."""
        if self.settings.wire or self.settings.audio:
            self._keep(now, way, data)

    def event(self, now: float, what: str, particulars: dict[str, Any]) -> None:
        """Keep an event; a call's watcher."""
        self._keep(now, what, particulars)

    def close(self, now: float, cause: str) -> None:
        """The call is over: what waits will be written, then the sound."""
        if not self.over:
            self.queue.append((now, "ended", {"cause": cause, "dropped": self.dropped, "cut": now > self.until}))
            self.over = True

    def write(self) -> None:
        """Write what waits. Runs in the writer's thread."""
        over = self.over  # before the queue is emptied, so that the last entry is in it
        try:
            while self.queue:
                self._write(*self.queue.popleft())
            for file in self._files.values():
                file.flush()
            if over and not self.failed:
                self._finish()
        except OSError as error:
            self._fail(error)

    def _keep(self, now: float, what: str, content: Any) -> None:
        if self.over or self.failed or now > self.until:
            return
        if len(self.queue) >= QUEUE:
            self.dropped += 1
        else:
            self.queue.append((now, what, content))

    def _write(self, now: float, what: str, content: Any) -> None:
        if self.failed:
            return
        at = round(now - self.started, 4)
        if isinstance(content, bytes):
            self._line(WIRE, {"at": at, "way": what, **_message(content)})
        else:
            self._line(EVENTS, {"at": at, "what": what, **{name: _shown(value) for name, value in content.items()}})

    def _line(self, name: str, content: dict[str, Any]) -> None:
        if (file := self._files.get(name)) is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._files[name] = (self.folder / name).open("wb")
        file.write(msgspec.json.encode(content, enc_hook=str) + b"\n")

    def _finish(self) -> None:
        while self._files:
            self._files.popitem()[1].close()
        if self.settings.audio and (self.folder / WIRE).exists():
            render(self.folder / WIRE, self.folder / AUDIO)
        if not self.settings.wire:
            (self.folder / WIRE).unlink(missing_ok=True)

    def _fail(self, error: OSError) -> None:
        self.failed = True
        self.queue.clear()
        logger.error("RECORD of {} stopped: {}", self.folder.name, error.strerror or error)
        for file in self._files.values():
            with suppress(OSError):  # what it had buffered meets the same disk
                file.close()
        self._files.clear()


class Recorder:
    """Writes the records of one process, in one thread that lives while there is something to write."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._records: list[Record] = []
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, settings: RecordSettings | None, call_sid: str, started: float) -> Record | None:
        """A record of this call, if the config wants one; None, too, for a name that is no CallSid."""
        if settings is None or not settings.folder or not CALL_SID.fullmatch(call_sid):
            return None
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        record = Record(Path(settings.folder) / day / call_sid, settings, started)
        self._records.append(record)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="records")
            self._thread.start()
        return record

    def close(self) -> None:
        """Write everything and end the thread; blocks until that is done. May be called again for what came late."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._write()

    def _run(self) -> None:
        ending = False
        while not ending:
            ending = self._ending.wait(self._every)
            self._write()

    def _write(self) -> None:
        for record in tuple(self._records):
            over = record.over
            record.write()
            if over:
                self._records.remove(record)


def mend(settings: RecordSettings, call_sid: str, cause: str) -> None:
    """End a record whose process was lost, as that would have; what it had not written yet is missing. Blocks."""
    if not settings.folder or not CALL_SID.fullmatch(call_sid):
        return
    for folder in sorted(Path(settings.folder).glob(f"*/{call_sid}"))[-1:]:
        try:
            for name in (WIRE, EVENTS):
                _cut(folder / name)
            lines = (folder / EVENTS).read_bytes().splitlines()
            at = msgspec.json.decode(lines[-1])["at"] if lines else 0.0
            record = Record(folder, settings, 0.0)
            record._files[EVENTS] = (folder / EVENTS).open("ab")
            record.close(at, cause)
            record.write()
        except OSError as error:
            logger.error("RECORD of {} is not whole: {}", call_sid, error.strerror or error)


def _cut(path: Path) -> None:
    """Cut a line that was not written to its end."""
    if path.exists():
        with path.open("r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)


def _message(data: bytes) -> dict[str, Any]:
    try:
        msgspec.json.decode(data)
        return {"message": msgspec.Raw(msgspec.json.format(data, indent=-1))}  # on one line
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"text": data.decode("utf-8", "replace")}


def _shown(value: Any) -> Any:
    """A frame as its fields, its sound as the seconds that it lasts."""
    if not isinstance(value, Frame | Control):
        return value
    fields = {name: getattr(value, name) for name in value.__struct_fields__}
    return {name: round(len(it) / 16000, 3) if isinstance(it, bytes) else it for name, it in fields.items()}
