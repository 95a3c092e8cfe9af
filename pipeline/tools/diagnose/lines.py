"""Parse the log lines of the contract, from any agent: each line's kind, call, time and figures.

A log is text or JSON objects, with any prefix, colours and line ends; other lines are skipped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import msgspec

SHORT = 10  # characters of a sid that are compared: a log may show no more of them
LONGEST = 4000  # characters read of a line

WHAT = {  # a line's kind → its pattern; the first that matches decides
    "webhook": r"POST \S*/incoming_call\b.*?(?P<status>\d{3})?\s*(?:OK)?\s*$",
    "upgrade": r"(?:GET|WebSocket)\W+\S*/ws/\S*"
    r"(?:.*?\b(?P<status>101|2\d\d|3\d\d|4\d\d|5\d\d)\b|.*?(?P<word>accepted))?",
    "rejected": r"connection rejected\b|\bWS_REJECT\b.*|\b31920\b.*|\bSTREAM_STATUS stream-error\b.*",
    "start": r"\bWS_START\b",
    "media": r"\bWS_MEDIA\b.*?\brx=(?P<rx>\d{1,9})",
    "sent": r"\bWS_TX\b(?:.*?\btx=(?P<tx>\d{1,9}))?",
    "done": r"\bWS_DONE\b(?:.*?\brx=(?P<rx>\d{1,9}))?(?:.*?\btx=(?P<tx>\d{1,9}))?",
    "ended": r"\bCALL_ENDED\b(?:.*?\bcause=(?P<word>\w+))?",
    "words": r"\bASR_TEXT\b(?: *[:=] ?(?P<word>.*))?",
    "spoken": r"\btts_done\b(?:.*?\bturn=(?P<turn>\d{1,6}))?(?:.*?\bseconds=(?P<seconds>\d{1,4}(?:\.\d+)?))?",
    "voice_error": r"\bTTS_ERR\b(?P<word>.*)",
    "provider_error": r"\b(?:PROVIDER_ERR|ASR_ERR|STT_ERR|LLM_ERR)\b(?P<word>.*)",
    "tool_fault": r"\bFAULT in the tool (?P<word>\w+)",
    "fault": r"\bFAULT in\b(?P<word>.*)",
    "tool": r"\bTOOL (?P<word>\w+ (?:done|refused|failed|unknown|withdrawn|repeated))\b",
    "written_use": r"\bLLM_USE\b",
    "keys": r"\bKEYS (?P<word>\d{1,3} \w+(?: for a tool)?)",
    "handover": r"\bHANDOVER to=(?P<word>\w+)",
    "handed": r"\bHANDED_OVER (?P<word>[\w-]+)",
    "returned": r"\bRETURNED (?P<word>[\w-]+)",
    "outbox": r"\bOUTBOX (?P<word>.*)",
    "after": r"\bAFTER (?P<word>\S.*)",
    "reply": r"\b(?:REPLY|AI_REPLY|LLM_REPLY|BOT|ASSISTANT|AGENT_SAYS)\b *[:=] ?(?P<word>.*)",
    "blocked": r"\bBLOCKED by (?P<word>.*):",
    "interrupted": r"\bBARGE_IN\b",
    "repeated": r"\bDEDUP\b",
    "greeted": r"\bGREETING\b",
    "thinking": r"\bSTATE\b.*THINKING\s*$",
    "alarm": r"\bALARM (?P<word>\w+)",
    "refused": r"\bREFUSED (?P<word>\w+)",
    "closed": r"(?:(?:clos|disconnect)\w{0,12}\b.{0,80}?|\bcode[=: ]+|\breceived )\b(?P<code>10(?:0\d|1[0-5]))\b",
    "traceback": r"^\W*Traceback \(most recent call last\)",
    "provider_refused": r"\b(?:error code|status(?:[_ ]code)?|HTTP)\W{0,3}(?:40[13]|429|50[0234])\b"
    r"|\b(?:insufficient_quota|RESOURCE_EXHAUSTED|PERMISSION_DENIED|UNAUTHENTICATED|DEADLINE_EXCEEDED)\b|\bRate ?limit",
    "raised": r"^[\W\d]*(?P<word>(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Timeout|Fault|Exhausted)\b(?:: .*)?)$",
}
_WHAT = {kind: re.compile(pattern, re.IGNORECASE if kind == "upgrade" else 0) for kind, pattern in WHAT.items()}
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CLOCK = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d)[T ]|\b)(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?")
_SIDS = (
    re.compile(r"\b(?:stream_?)?sid=[\"']?(MZ\w+)", re.I),
    re.compile(r"\b(CA[0-9a-f]{6,32})\b"),
    re.compile(r"call_sid=[\"']?(\w+)"),
)
_OBJECT = msgspec.json.Decoder(dict[str, object])
ROWS = ("traceback", "raised")  # kinds of lines that stand below the line with their time
TEXT_GROUPS = ("word", "seconds")
JUMP = 60.0  # seconds by which a clock goes back that was set, or a day that ended
HALF_DAY = 43_200.0
LATEST = 1e11  # seconds since 1970; a larger number counts in thousandths
TEXTS, TIMES = (
    ("message", "msg", "MESSAGE", "textPayload", "text", "log", "event"),
    ("time", "timestamp", "ts", "@timestamp", "__REALTIME_TIMESTAMP"),
)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the contract; `number` counts from 1, `at` is in seconds of the log's clock, None without a time."""

    number: int
    text: str
    kind: str
    at: float | None = None
    sids: tuple[str, ...] = ()  # cut to `SHORT` characters
    status: int | None = None
    rx: int | None = None
    tx: int | None = None
    turn: int | None = None
    seconds: float | None = None  # the length of the sound that was made
    code: int | None = None  # of a WebSocket's end
    word: str = ""


def read(log: Iterable[str]) -> list[Line]:
    """Return the lines of the contract in a log, sorted by time if each has one."""
    found = (_line(number, text) for number, text in enumerate(log, 1))
    lines = _timed([line for line in found if line is not None])
    if lines and all(line.at is not None for line in lines):
        lines.sort(key=lambda line: line.at or 0.0)
    return lines


def _timed(lines: list[Line]) -> list[Line]:
    """Return lines whose times go on over midnight and over a clock that is set back, rows of a traceback included."""
    times = [line.at for line in lines if line.at is not None]
    backs = [later - at for at, later in pairwise(times) if later < at]
    jumps = len(backs) == 1 and backs[0] < -JUMP  # of many, or of a small one, the lines were pasted in another order
    timed, before, shift = list[Line](), None, 0.0
    for line in lines:
        if line.at is None:
            timed.append(msgspec.structs.replace(line, at=before) if line.kind in ROWS else line)
            continue
        if jumps and before is not None and line.at + shift < before:
            tomorrow = line.at + 86_400.0
            shift = 86_400.0 if line.at < 86_400 and tomorrow - before < HALF_DAY else before - line.at
        before = line.at + shift
        timed.append(msgspec.structs.replace(line, at=before))
    return timed


def _line(number: int, raw: str) -> Line | None:
    raw = _COLOUR.sub("", raw[:LONGEST]).strip("\ufeff\r\n\t ")
    clock, text, extra = _parts(raw)
    for kind, pattern in _WHAT.items():
        if (match := pattern.search(text)) is not None:
            found = match.groupdict()
            numbers: dict[str, Any] = {name: int(it) for name, it in found.items() if it and name not in TEXT_GROUPS}
            numbers["seconds"] = float(found["seconds"]) if found.get("seconds") else None
            word = (found.get("word") or "").strip()
            sids = tuple(dict.fromkeys(sid[:SHORT] for each in _SIDS for sid in each.findall(f"{extra} {text}")))
            return Line(number=number, text=text, kind=kind, at=_seconds(clock), sids=sids, word=word, **numbers)
    return None


def _parts(raw: str) -> tuple[str, str, str]:
    """Split a raw line into the part with the time, the message, and the JSON fields that hold sids."""
    if not raw.startswith("{"):
        return raw[:60], raw, ""
    try:
        content = _OBJECT.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return raw[:60], raw, ""
    texts = [str(content[name]) for name in TEXTS if isinstance(content.get(name), str)]
    text = ": ".join(reversed(texts)) if "event" in content else next(iter(texts), raw)  # structlog: event, then fields
    clock = next((_clock(content[name]) for name in TIMES if name in content), text[:60])
    return clock, text, " ".join(f"{name}={value}" for name, value in content.items() if name.lower().endswith("sid"))


def _clock(value: object) -> str:
    """Return a JSON field's time as text; a number is seconds, or milli- or microseconds, since 1970."""
    try:
        number = float(str(value))
        while LATEST < number < math.inf:
            number /= 1000
        return datetime.fromtimestamp(number, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(value)


def _seconds(clock: str) -> float | None:
    if (found := _CLOCK.search(clock)) is None:
        return None
    year, month, day, hours, minutes, seconds, fraction = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() if year else 0
    except ValueError:
        return None
    return days * 86_400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
