"""The log's setup: one line for each event, safe to show in a terminal and safe to keep.

A thread formats and writes the lines, so that a terminal or pipe that stops reading cannot stop the calls.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from aiohttp.http_exceptions import HttpProcessingError
from loguru import logger

from pipeline.log.call_lines import UNREDACTED
from pipeline.log.writer import Writer
from pipeline.redaction.secrets import masked
from pipeline.redaction.words import redacted
from pipeline.terminal.paint import BOLD, PLAIN, RED, YELLOW, Paint, paint_on
from pipeline.terminal.progress import above_bar
from pipeline.text.plain_json import encoded

if TYPE_CHECKING:
    from loguru import Message, Record

SHORT_SID = 10  # characters of a CallSid shown in a line
LONGEST = 8_000  # characters of a message, or of a row of a traceback: log collectors tear lines of 16 kB
ROOM = 10_000  # lines that may wait; when full, lines are dropped until half of them are written
COLOURS = {"WARNING": (YELLOW,), "ERROR": (RED,), "CRITICAL": (RED, BOLD)}

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def set_up(
    level: str = "INFO",
    *,
    as_json: bool = False,
    to: TextIO | None = None,
    room: int = ROOM,
) -> None:
    """Log from `level` on to `to` (standard error by default), as text or as a JSON object a line.

    No known secret is ever written. Records of other libraries' `logging` are included from WARNING on.
    Up to `room` lines wait for a slow reader; more are dropped and counted.
    `logger.remove()`, which a process calls as it ends, writes the lines that wait.
    """
    stream = to or sys.stderr
    sink = _Sink(stream, as_json, room, PLAIN if as_json else paint_on(stream))
    logger.remove()
    logger.add(sink, level=level, format="{message}", backtrace=False, diagnose=False)  # diagnose shows values
    logging.basicConfig(handlers=[_Others()], level=logging.WARNING, force=True)


def escaped(text: str) -> str:
    """Escape every character that would move a cursor, end a line or turn the reading direction."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@contextmanager
def messages(level: str) -> Iterator[list[str]]:
    """Collect the messages logged inside the block from `level` on, without time and level."""
    found: list[str] = []
    sink = logger.add(lambda line: found.append(line.record["message"]), level=level, format="{message}")
    try:
        yield found
    finally:
        logger.remove(sink)


class _Sink:
    """Formats log records in the writer's thread; loguru calls `write` for each, in order, and `stop` at the end."""

    def __init__(self, to: TextIO, as_json: bool, room: int, paint: Paint) -> None:
        self._writer = Writer(to, self._lost)
        self._paint = paint
        self._line = _as_json if as_json else _as_text
        self._room = room
        self._dropped = 0
        self._gap: Any = None  # the record that stands for the dropped ones
        self._last: Any = None

    def write(self, message: Message) -> None:
        self._last = message.record
        waiting = self._writer.waiting
        # Dropping goes on down to half the room: at the brim, each written line would let one in, and every other line
        # would be a LOG_DROPPED.
        if waiting >= self._room or (self._dropped and waiting > self._room // 2):
            self._drop(message.record)
        else:
            self._tell_dropped()
            self._writer.put(partial(self._masked, message.record))

    def stop(self) -> None:
        self._tell_dropped()
        self._writer.stop()

    def _masked(self, record: Record) -> str:
        line = self._paint(masked(self._line(record)), *COLOURS.get(record["level"].name, ()))
        return above_bar(line) if self._paint.isolates else line

    def _lost(self, count: int, why: str) -> str:
        """Return the line that stands for lines that the stream did not take; called in the writer's thread."""
        return self._masked(_warning(self._last, f"LOG_DROPPED {count} lines: {why}"))

    def _drop(self, record: Record) -> None:
        if not self._dropped:
            self._gap = record
        self._dropped += 1

    def _tell_dropped(self) -> None:
        if self._dropped:
            text = f"LOG_DROPPED {self._dropped} lines: the log's reader is too slow"
            self._writer.put(partial(self._masked, _warning(self._gap, text)))
            self._dropped = 0


def _warning(like: Any, text: str) -> Any:
    """Return a record of this text at the time of another."""
    return {**like, "level": logger.level("WARNING"), "extra": {}, "exception": None, "message": text}


def _as_text(record: Record) -> str:
    sid = str(record["extra"].get("call_sid", ""))[:SHORT_SID] or "-"
    if worker := record["extra"].get("worker"):
        sid = f"{worker}:{sid}"
    line = f"{record['time']:%Y-%m-%d %H:%M:%S.%f}"[:-3]
    line = f"{line} {record['level'].name:<7} {escaped(sid)} {escaped(_words(record, record['message']))}"
    return "\n".join([line, *("    | " + escaped(row) for row in _trace(record))])


def _as_json(record: Record) -> str:
    content: dict[str, Any] = {
        "time": record["time"].isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        **{name: str(value)[:LONGEST] for name, value in record["extra"].items() if name != UNREDACTED},
        "message": _words(record, record["message"]),
    }
    if rows := _trace(record):
        content["trace"] = rows
    # JSON has no `\x85`: all escapes are of its one form.
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded(content).decode())


def _trace(record: Record) -> list[str]:
    caught = record["exception"]
    if caught is None or caught.type is None:
        return []
    told = traceback.format_exception(caught.type, caught.value, caught.traceback)
    return [_words(record, row) for part in told for row in part.rstrip("\n").split("\n")]


def _words(record: Record, text: str) -> str:
    """Return a text of a line, its end left out if it is very long.

    The personal data in a call's line is masked, unless the call's config leaves it.
    """
    extra = record["extra"]
    said = text[: 2 * LONGEST]
    if "call_sid" in extra and not extra.get(UNREDACTED):
        said = redacted(said)
    if len(text) <= LONGEST:
        return said
    # Masked before the cut, which would leave the beginning of a secret. Not all of the text: a megabyte takes seconds.
    return f"{masked(said)[:LONGEST]}… and {len(text) - LONGEST} more characters"


class _Others(logging.Handler):
    """Passes on records of other libraries' `logging`; malformed HTTP requests are sampled.

    Requests that are no HTTP are one line for the 1st, 10th, 100th …, without a traceback: a port scan cannot flood the
    log.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError) or record.name == "aiohttp.websocket":
            self._count(type(error).__name__ if error else "subprotocol")
            return
        level = record.levelname if record.levelname in logging.getLevelNamesMapping() else "WARNING"
        logger.opt(exception=error).log(level, "{}: {}", record.name, record.getMessage())

    def _count(self, what: str) -> None:
        self._seen[what] += 1
        if str(self._seen[what]).strip("0") == "1":
            logger.warning("HTTP refused: {} ({} so far)", what, self._seen[what])
