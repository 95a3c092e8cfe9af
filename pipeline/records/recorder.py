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
A call only appends to a queue and never waits for the disk: one thread writes for all calls. While the disk takes
nothing, entries wait in the queue; the record goes on when there is room again.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from loguru import logger

from pipeline.config import Config, RecordSettings
from pipeline.config.writing import plain
from pipeline.events import Event, RecordEnded
from pipeline.faults import KavError
from pipeline.loop.exits import MISTAKES
from pipeline.records.files import CONFIG, EVENTS, WIRE, About, about_call, from_here, kept, message, write_about
from pipeline.records.finishing import finish
from pipeline.records.line_file import Lines, Taken
from pipeline.records.plugins import write_plugins
from pipeline.records.words import redacted_event
from pipeline.redaction.secrets import masked_bytes
from pipeline.text.plain_json import encoded
from pipeline.twilio.hidden import keyless, silenced
from pipeline.twilio.messages import CALL_SID

QUEUE = 20_000  # entries of one call that may wait for the disk: 200 s of 100 messages a second
BATCH = 500  # entries that are encoded at a time
EVERY = 1.0  # seconds between writes
PATIENCE = 60  # writes for which a record that is over waits for the disk
REMINDER = 60  # failed writes between two lines of the log

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
        self.failed = False  # the disk does not take it, at present or for good
        self._tries = 0  # writes in a row that failed
        self._begun = False
        self._files: dict[str, Lines] = {}
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

    def write(self, *, last: bool = False) -> bool:
        """Write the queued entries, and finish a record that was over when it began; blocks.

        Returns True once nothing is left to be done for this record. The files are opened by the first entry, so that a
        call without one leaves no folder. A disk error is logged once a minute, and the next `write` tries again: after
        the call's end for a minute (PATIENCE), and not if this is the `last` one.
        """
        # `over` is read before the queue is emptied: `close` appends the last entry first and sets `over` second, so
        # that a record seen as over has its last entry in the queue.
        over = self.over
        try:
            self._write_entries()
            if over:
                self._finish()
        except Taken as error:
            self.over = True
            return self._fail(error, give_up=True)
        except (OSError, KavError) as error:
            return self._fail(error, give_up=over and (last or self._tries >= PATIENCE))
        if self.failed:
            logger.warning("RECORD of {} goes on: {} entries are missing", self.folder.name, self.dropped)
        self.failed, self._tries = False, 0
        return over

    def _keep(self, now: float, way: str, content: bytes | Event) -> None:
        if self.over or now > self.until:
            return
        if len(self.queue) >= QUEUE:
            self.dropped += 1
        else:
            self.queue.append((now, way, content))

    def _write_entries(self) -> None:
        for lines in self._files.values():
            lines.write()
        while self.queue:
            for _ in range(min(BATCH, len(self.queue))):
                self._add(*self.queue.popleft())
            for lines in self._files.values():
                lines.write()

    def _add(self, now: float, way: str, content: bytes | Event) -> None:
        entry = {"at": round(now - self.started, 9), "no": self._entries}
        self._entries += 1
        if isinstance(content, bytes):
            said = message(keyless(content) if self._redacts else content)
            if not self._keeps_sound and "message" in said:
                said["message"] = msgspec.Raw(silenced(bytes(said["message"])))
            self._lines(WIRE).add(encoded({**entry, "way": way, **said}))
        else:
            fields = kept(content)
            line = encoded({**entry, **(redacted_event(fields) if self._redacts else fields)})
            self._lines(EVENTS).add(masked_bytes(line))

    def _lines(self, name: str) -> Lines:
        if name not in self._files:
            self._files[name] = Lines(self.folder / name, self._begin)
        return self._files[name]

    def _begin(self) -> None:
        if self._begun:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = self.about
        if self.config is not None:
            (self.folder / CONFIG).write_text(plain(self.config), encoding="utf-8")
            ran = write_plugins(self.config, self.folder)
            about = msgspec.structs.replace(about, plugins=ran) if about is not None else None
        if about is not None:
            write_about(self.folder, about)
        self._begun = True

    def _finish(self) -> None:
        for lines in self._files.values():
            lines.close()
        finish(self.folder, self.settings)

    def _fail(self, error: OSError | KavError, give_up: bool) -> bool:
        """Log a disk error now and then, and return True if the record is given up."""
        why, where = getattr(error, "strerror", None) or error, from_here(self.folder.parent)
        if give_up:
            logger.error("RECORD of {} stopped: {}, {}", self.folder.name, why, where)
            self.queue.clear()
            for lines in self._files.values():
                lines.close()
        elif self._tries % REMINDER == 0:
            logger.error("RECORD of {} waits for the disk: {}, {}", self.folder.name, why, where)
        self.failed, self._tries = True, self._tries + 1
        return give_up


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
        self._write(last=True)

    def _run(self) -> None:
        ending = False
        while not ending:
            ending = self._ending.wait(self._every)
            self._write()

    def _write(self, *, last: bool = False) -> None:
        for record in tuple(self._records):
            try:
                done = record.write(last=last)
            except MISTAKES as error:  # of odd data: the records of other calls go on
                logger.opt(exception=error).error("RECORD of {} stopped: {}", record.folder.name, error)
                record.over = done = True
            if done:
                self._records.remove(record)
