"""The calls that were kept: their list, searched and filtered; their reports; their sound."""

from __future__ import annotations

import asyncio
import math
import re
import shlex
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from pipeline.console.console import Console
from pipeline.console.reports import Reports, unshown
from pipeline.console.session import Told
from pipeline.faults import clipped
from pipeline.installation import command
from pipeline.records.files import from_here
from pipeline.records.index import Index, PastCall, Wanted
from pipeline.records.index_reader import IndexReader
from pipeline.server.switchboard import Switchboard
from pipeline.text.plain_json import encoded

PATIENCE = 1.0  # seconds that a list waits for calls that were kept a moment ago
PAGE, LONGEST_PAGE = 50, 500  # calls of one answer
LONGEST_QUERY = 300  # characters
PLACE = re.compile(r"(-?\d{1,18})\.(\d{1,18})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VARIED = "--vary end_of_utterance.min_silence=0.3s..0.8s"  # a setting that suits callers differently

Value = TypeVar("Value")


def routes(console: Console) -> list[web.RouteDef]:
    """Return the routes of the past calls; begins to read them."""
    past, reports = PastCalls(console.board, console.over.is_set), Reports(console.board)
    return [
        web.get("/api/past", past.listed),
        web.get("/reports/{sid}", reports.page),
        web.get("/reports/{sid}/audio.wav", reports.sound),
    ]


class PastCalls:
    """The list of the calls that the configs' `record.folder` has."""

    def __init__(self, board: Switchboard, is_over: Callable[[], bool]) -> None:
        self.board = board
        self.index = Index()
        self.reader = IndexReader(self.index, self.folders, is_over)

    def folders(self) -> set[str]:
        """Return the folders in which the agents' calls are kept."""
        return {agent.config.record.folder for agent in self.board.agents} - {""}

    async def listed(self, request: web.Request) -> web.Response:
        """Answer with the calls that a request asks for, the newest first."""
        wanted = self._wanted(request)
        try:
            answer = await asyncio.to_thread(self._answer, wanted)
        except sqlite3.Error as error:
            said = f"The past calls cannot be searched: {error}."
            raise Told(HTTPStatus.SERVICE_UNAVAILABLE, said, "Is the disk full?") from None
        return web.Response(body=encoded(answer), content_type="application/json")

    def _answer(self, wanted: Wanted) -> dict[str, Any]:
        self.reader.catch_up(PATIENCE)
        if self.reader.problem:
            raise sqlite3.OperationalError(self.reader.problem)
        found = self.index.search(wanted)
        return {
            "calls": [_row(call) for call in found if Path(call.folder, call.sid).is_dir()],
            "next": "{}.{}".format(*found[-1].place) if len(found) == wanted.limit else None,
            "reading": round(self.reader.share, 3),
            "kept": bool(self.folders()),
            "agents": self.index.named("agent"),
            "causes": self.index.named("cause"),
        }

    def _wanted(self, request: web.Request) -> Wanted:
        query = _read(request, "query", str, "text") or ""
        if len(query) > LONGEST_QUERY:
            raise Told(HTTPStatus.BAD_REQUEST, f"The search has {len(query)} characters; {LONGEST_QUERY} are the most.")
        return Wanted(
            query=query,
            agent=request.query.get("agent", ""),
            cause=request.query.get("cause", ""),
            faults=_read(request, "faults", _switch, "1 or 0") or False,
            gap=_read(request, "gap", _seconds, "a number of seconds, e.g. 1.5"),
            before=_read(request, "before", _place, "the `next` of an answer"),
            limit=_read(request, "limit", _limit, f"a number from 1 to {LONGEST_PAGE}") or PAGE,
            live=frozenset(self.board.registry.entries),
            unshown=unshown(self.board),
        )


def _read(request: web.Request, name: str, read: Callable[[str], Value], wanted: str) -> Value | None:
    """Return a parameter of a request; None if it is blank. Raises an HTTP error if it is not as `wanted`."""
    if not (text := request.query.get(name, "").strip()):
        return None
    try:
        return read(text)
    except ValueError:
        said = f"`{name}` wants {wanted}, got {clipped(ascii(text))}."
        raise Told(HTTPStatus.BAD_REQUEST, said) from None


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _seconds(text: str) -> float:
    if not 0 <= (seconds := float(text)) < math.inf:
        raise ValueError(text)
    return seconds


def _limit(text: str) -> int:
    if not 1 <= (limit := int(text)) <= LONGEST_PAGE:
        raise ValueError(text)
    return limit


def _place(text: str) -> tuple[int, int]:
    if (found := PLACE.fullmatch(text)) is None:
        raise ValueError(text)
    return int(found[1]), int(found[2])


def _row(call: PastCall) -> dict[str, Any]:
    path = shlex.quote(str(from_here(Path(call.folder, call.sid))))
    return {
        "sid": call.sid,
        "agent": call.agent,
        "caller": call.caller,
        "called": call.called,
        "began": (EPOCH + timedelta(milliseconds=call.began)).isoformat("T", "milliseconds") if call.began else "",
        "seconds": call.seconds,
        "state": call.state,
        "problem": call.problem,
        "cause": call.cause,
        "turns": call.turns,
        "gap": call.gap,
        "barge_ins": call.barge_ins,
        "faults": call.faults,
        "first_words": call.first_words,
        "words": call.shows_words,
        "commands": {"replay": command(f"replay {path}"), "tune": command(f"tune {path} {VARIED}")},
    }
