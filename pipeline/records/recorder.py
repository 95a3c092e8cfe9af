"""The writer of call records: every message both ways, every event, and the sound of the call.

    FOLDER/2026-11-22/CA…/call.json     the call's ids, time and numbers, and the config that answered it
                          config.yaml   that config, complete but for its secrets
                          wire.jsonl    {"at": 1.024, "no": 51, "way": "in", "message": {…}}   `out` is to Twilio
                          events.jsonl  {"at": 1.024, "no": 52, "what": "Transcript", "step": "Google", "frame": {…}}
                          audio.wav     the caller on the left, the agent on the right, in true time
                          shout.py      the files of the config's plug-ins, as they ran, by their paths

`at` is in seconds from the start of the call; `no` counts through both files, and orders entries of the same moment.
A message that is not JSON is under `text` instead of `message`. Once the call has ended, its messages are packed into
wire.jsonl.gz, and call.json gets its summary. `reader.py` reads these files.
A call only appends to a queue and never waits for the disk: one thread writes for all calls. A disk error ends the
record, not the call.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from loguru import logger

from pipeline.config import Config, RecordSettings
from pipeline.config.writing import plain
from pipeline.events import Event, RecordEnded
from pipeline.faults import KavError
from pipeline.records.files import CONFIG, EVENTS, WIRE, About, about_call, from_here, kept, message, write_about
from pipeline.records.finishing import finish
from pipeline.records.packing import silenced
from pipeline.records.plain_json import as_json
from pipeline.records.plugins import write_plugins
from pipeline.records.words import redacted_event, redacted_message
from pipeline.redaction.secrets import masked_bytes
from pipeline.twilio.messages import CALL_SID

QUEUE = 20_000  # entries of one call that may wait for the disk: 200 s of 100 messages a second
EVERY = 1.0  # seconds between writes

Item = tuple[float, str, bytes | Event]  # loop time in seconds; `in`, `out` or none; a message or an event


class Record:
    """The record of one call. `folder` is where it is kept, `started` the loop time of the call's start in seconds.

    `message`, `event` and `close` run on the call's loop and never block; `write` runs in the recorder's thread. Memory
    is bounded: entries beyond a queue of 20,000 are dropped and counted, entries after `max_minutes` are ignored.
    """

    def __init__(
        self,
        folder: Path,
        settings: RecordSettings,
        started: float,
        about: About | None = None,
        config: Config | None = None,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.started = started
        self._redacts = config is not None and config.redact.records
        self._keeps_sound = settings.sound != "none"
        self.until = started + settings.max_minutes * 60
        self.queue: deque[Item] = deque()
        self.dropped = 0  # entries that found the queue full
        self.about, self.config = about, config
        self.over = False  # closed: later entries are ignored
        self.failed = False  # a disk error has ended it
        self._files: dict[str, BinaryIO] = {}
        self._entries = 0

    def message(self, now: float, way: str, data: bytes) -> None:
        """Keep a message that was received (`in`) or sent (`out`) at this loop time."""
        if self.settings.wire or self._keeps_sound:
            self._keep(now, way, data)

    def event(self, now: float, event: Event) -> None:
        """Keep an event of this loop time; may be a call's watcher."""
        self._keep(now, "", event)

    def close(self, now: float, cause: str) -> None:
        """End the record: the next `write` writes the rest, this cause, and the sound. May be called again."""
        if not self.over:
            self.queue.append((now, "", RecordEnded(cause, self.dropped, now > self.until)))
            self.over = True

    def write(self) -> None:
        """Write the queued entries, and finish a record that was over when it began; blocks.

        The files are opened by the first entry, so that a call without one leaves no folder. A disk error is logged,
        and ends the record.
        """
        # `over` is read before the queue is emptied: `close` appends the last entry first and sets `over` second, so
        # that a record seen as over has its last entry in the queue.
        over = self.over
        try:
            while self.queue:
                self._write(*self.queue.popleft())
            for file in self._files.values():
                file.flush()
            if over and not self.failed:
                self._finish()
        except (OSError, KavError) as error:
            self._fail(error)

    def _keep(self, now: float, way: str, content: bytes | Event) -> None:
        if self.over or self.failed or now > self.until:
            return
        if len(self.queue) >= QUEUE:
            self.dropped += 1
        else:
            self.queue.append((now, way, content))

    def _write(self, now: float, way: str, content: bytes | Event) -> None:
        if self.failed:
            return
        entry = {"at": round(now - self.started, 9), "no": self._entries}
        self._entries += 1
        if isinstance(content, bytes):
            said = message(redacted_message(content) if self._redacts else content)
            if not self._keeps_sound and "message" in said:
                said["message"] = msgspec.Raw(silenced(bytes(said["message"])))
            self._line(WIRE, {**entry, "way": way, **said})
        else:
            fields = kept(content)
            self._line(EVENTS, {**entry, **(redacted_event(fields) if self._redacts else fields)})

    def _line(self, name: str, content: dict[str, Any]) -> None:
        if (file := self._files.get(name)) is None:
            self._begin()
            file = self._files[name] = (self.folder / name).open("wb")
        line = as_json(content)
        file.write((masked_bytes(line) if name == EVENTS else line) + b"\n")

    def _begin(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._files:
            return
        about = self.about
        if self.config is not None:
            (self.folder / CONFIG).write_text(plain(self.config), encoding="utf-8")
            ran = write_plugins(self.config, self.folder)
            about = msgspec.structs.replace(about, plugins=ran) if about is not None else None
        if about is not None:
            write_about(self.folder, about)

    def _finish(self) -> None:
        while self._files:
            self._files.popitem()[1].close()
        finish(self.folder, self.settings)

    def _fail(self, error: OSError | KavError) -> None:
        self.failed = True
        self.queue.clear()
        why = getattr(error, "strerror", None) or error
        logger.error("RECORD of {} stopped: {}, {}", self.folder.name, why, from_here(self.folder.parent))
        for file in self._files.values():
            with suppress(OSError):  # its buffer is written now, to the same faulty disk
                file.close()
        self._files.clear()


class Recorder:
    """Writes the records of one process in one thread, once a second.

    The thread starts with the first record and ends with `close`.
    """

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._records: list[Record] = []
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def open(
        self,
        settings: RecordSettings | None,
        call_sid: str,
        started: float,
        config: Config | None = None,
        caller: str = "",
        called: str = "",
    ) -> Record | None:
        """Start a record; None if the settings have no folder, or `call_sid` is no CallSid.

        The sid becomes the name of a folder, so that a peer's made-up one must not reach the disk.
        """
        if settings is None or not settings.folder or not CALL_SID.fullmatch(call_sid):
            return None
        now = datetime.now(UTC)
        folder = Path(settings.folder) / now.strftime("%Y-%m-%d") / call_sid
        about = about_call(config, call_sid, now.isoformat("T", "milliseconds"), caller, called)
        record = Record(folder, settings, started, about, config)
        self._records.append(record)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="records")
            self._thread.start()
        return record

    def close(self) -> None:
        """Write all entries and end the thread; blocks until that is done. May be called again for later entries."""
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
