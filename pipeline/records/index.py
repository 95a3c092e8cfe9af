"""An index of recorded calls, searched by words, numbers, agents, causes, faults and response gaps.

It is a private SQLite database of its process, in 16 MB of memory; the rest of it is in a temporary file without a
name, which ends with the process. A search runs outside the interpreter's lock, so that no call waits for it.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Collection
from typing import Any

import msgspec

from pipeline.records.listing import ListedCall
from pipeline.records.numbers import searchable
from pipeline.text.normalise import normalise

MEMORY = 16_000  # kB of the database that stay in memory
FIRST = 120  # characters of a call's first words
LEAST = 3  # digits of a part of a number that is looked for
_NUMBER = re.compile(r"[\d\s+().\-/\u2010-\u2015]+")

_SCHEMA = f"""
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON; PRAGMA cache_size = -{MEMORY};
CREATE TABLE days (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, stamp INTEGER NOT NULL);
CREATE TABLE calls (
    id INTEGER PRIMARY KEY, day INTEGER NOT NULL, sid TEXT NOT NULL, stamp TEXT, began INTEGER NOT NULL,
    agent TEXT NOT NULL, caller TEXT NOT NULL, called TEXT NOT NULL, state TEXT NOT NULL, problem TEXT NOT NULL,
    seconds REAL NOT NULL, cause TEXT NOT NULL, turns INTEGER NOT NULL, gap REAL, barge_ins INTEGER NOT NULL,
    faults INTEGER NOT NULL, is_logged INTEGER NOT NULL, first_words TEXT NOT NULL,
    named TEXT NOT NULL, digits TEXT NOT NULL, words TEXT NOT NULL,
    UNIQUE (day, sid)
);
CREATE INDEX newest ON calls (began DESC, id DESC);
CREATE INDEX agents ON calls (agent);
CREATE INDEX causes ON calls (cause);
CREATE INDEX unsettled ON calls (day) WHERE stamp IS NOT NULL;
"""
_SHOWN = "agent NOT IN (SELECT value FROM json_each(:unshown))"
_FOUND = f"""
SELECT calls.id, path, sid, agent, caller, called, began, seconds, state, problem, cause, turns, gap, barge_ins, faults,
    CASE WHEN {_SHOWN} THEN first_words ELSE '' END, is_logged AND {_SHOWN}
FROM calls JOIN days ON days.id = day
WHERE sid NOT IN (SELECT value FROM json_each(:live))
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that a search is for; a blank condition is none.

    Each word of `query` has to be a part of the words of the call, its numbers, its sid or the name of its agent. With
    `gap`, the median response gap is longer, in seconds; `before` is the place of the last call that was shown already.
    """

    query: str = ""
    agent: str = ""
    cause: str = ""
    faults: bool = False
    gap: float | None = None
    before: tuple[int, int] | None = None
    limit: int = 50
    live: Collection[str] = ()  # CallSids of calls that are under way, which are left out
    unshown: Collection[str] = ()  # agents of which no words are shown


class PastCall(msgspec.Struct, frozen=True, array_like=True):
    """A call of the index. `began` is in milliseconds of Unix time, 0 if it is not known; `folder` that of its day."""

    id: int
    folder: str
    sid: str
    agent: str
    caller: str
    called: str
    began: int
    seconds: float
    state: str
    problem: str
    cause: str
    turns: int
    gap: float | None
    barge_ins: int
    faults: int
    first_words: str
    shows_words: bool

    @property
    def place(self) -> tuple[int, int]:
        """Its place among all calls, for `Wanted.before`."""
        return self.began, self.id


class Index:
    """The calls that were kept. All methods may be called from any thread; each waits for its turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Forget all; no method may be called any more."""
        with self._lock:
            self._database.close()

    def search(self, wanted: Wanted) -> list[PastCall]:
        """Return the calls that are like that, the newest first."""
        conditions, values = _conditions(wanted)
        text = f"{_FOUND} {conditions} ORDER BY began DESC, calls.id DESC LIMIT :limit"
        return [msgspec.convert(row, PastCall, strict=False) for row in self._rows(text, values)]

    def named(self, column: str) -> list[str]:
        """Return all values of `agent` or of `cause`, sorted."""
        return [each for (each,) in self._rows(f"SELECT DISTINCT {column} FROM calls ORDER BY 1") if each]

    def days(self) -> dict[str, int]:
        """Return the folders of days that are known, and their stamps."""
        return dict(self._rows("SELECT path, stamp FROM days"))

    def calls(self, day: str) -> set[str]:
        """Return the CallSids of a day's folder."""
        return {sid for (sid,) in self._rows("SELECT sid FROM calls JOIN days ON days.id = day WHERE path = ?", (day,))}

    def unsettled(self) -> list[tuple[str, str, str]]:
        """Return the folder of the day, the CallSid and the stamp of each call whose record may still change."""
        return self._rows(
            "SELECT path, sid, calls.stamp FROM calls JOIN days ON days.id = day WHERE calls.stamp IS NOT NULL"
        )

    def keep_day(self, day: str, stamp: int) -> None:
        """Note a day's folder and its stamp."""
        self._rows("INSERT INTO days (path, stamp) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET stamp = ?2", (day, stamp))

    def keep(self, day: str, call: ListedCall, shows_words: bool, stamp: str | None) -> None:
        """Note a call of a day that was noted; without `shows_words`, its words are neither shown nor found.

        `stamp` is None if its record is settled.
        """
        row = {"day": day, "stamp": stamp, **_row(call, shows_words)}
        names = [name for name in row if name != "day"]
        self._rows(
            f"INSERT INTO calls (day, {', '.join(names)}) "
            f"SELECT id, {', '.join(f':{name}' for name in names)} FROM days WHERE path = :day "
            f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = :{name}' for name in names)}",
            row,
        )

    def drop(self, day: str, call_sid: str) -> None:
        """Forget a call."""
        self._rows("DELETE FROM calls WHERE sid = ?2 AND day = (SELECT id FROM days WHERE path = ?1)", (day, call_sid))

    def drop_day(self, day: str) -> None:
        """Forget all calls of a day's folder."""
        self._rows("DELETE FROM calls WHERE day = (SELECT id FROM days WHERE path = ?)", (day,))
        self._rows("DELETE FROM days WHERE path = ?", (day,))

    def _rows(self, text: str, values: Any = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(text, values).fetchall()


def _row(call: ListedCall, shows_words: bool) -> dict[str, Any]:
    about, summary, began = call.about, call.summary, call.began
    words = summary.words if shows_words else None
    numbers = (about.caller, about.called)
    return {
        "sid": call.folder.name,
        "began": round(began.timestamp() * 1000) if began is not None else 0,
        "agent": about.config,
        "caller": about.caller,
        "called": about.called,
        "state": str(call.state),
        "problem": call.problem,
        "seconds": summary.seconds,
        "cause": summary.cause,
        "turns": summary.turns,
        "gap": summary.gap,
        "barge_ins": summary.barge_ins,
        "faults": sum(summary.faults.values()) + bool(call.problem),
        "is_logged": shows_words,
        "first_words": words.caller.partition("\n")[0][:FIRST] if words is not None else "",
        "named": " ".join((call.folder.name, about.config, *numbers)).casefold(),
        "digits": " ".join(map(searchable, numbers)),
        # not through the cache, which is for the turns of calls
        "words": normalise.__wrapped__(f"{words.caller} {words.agent}") if words is not None else "",
    }


def _conditions(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Return the conditions of a search as SQL, and the values of its parameters."""
    began, place = wanted.before or (0, 0)
    values: dict[str, Any] = {"began": began, "place": place, "gap": wanted.gap, "limit": wanted.limit}
    values |= {"agent": wanted.agent, "cause": wanted.cause}
    values |= {name: msgspec.json.encode(list(getattr(wanted, name))).decode() for name in ("live", "unshown")}
    asked = {
        "agent = :agent": wanted.agent,
        "cause = :cause": wanted.cause,
        "faults > 0": wanted.faults,
        "gap > :gap": wanted.gap is not None,
        "(began, calls.id) < (:began, :place)": wanted.before is not None,
    }
    conditions = [condition for condition, is_asked in asked.items() if is_asked]
    for number, word in enumerate(_words(wanted.query)):
        conditions.append(_condition(number, word, values))
    return "".join(f" AND {each}" for each in conditions), values


def _words(query: str) -> list[str]:
    """Return the words of a query; a telephone number with spaces in it is one."""
    text = query.strip()
    return [text] if _NUMBER.fullmatch(text) and len(searchable(text)) >= LEAST else text.split()


def _condition(number: int, word: str, values: dict[str, Any]) -> str:
    """Return the condition that one word of a query is found, and add its values."""
    words, digits = normalise(word), searchable(word)
    values |= {f"named{number}": word.casefold(), f"words{number}": words, f"digits{number}": digits}
    places = [f"instr(named, :named{number})"]
    if words:
        places.append(f"{_SHOWN} AND instr(words, :words{number})")
    if _NUMBER.fullmatch(word) and len(digits) >= LEAST:
        places.append(f"instr(digits, :digits{number})")
    return f"({' OR '.join(places)})"
