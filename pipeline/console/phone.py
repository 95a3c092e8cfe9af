"""The browser's phone: a call is asked for, and its media stream opened, as Twilio would."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import msgspec
from aiohttp import web

from pipeline.agent import Agent
from pipeline.console.body import body
from pipeline.console.console import Console
from pipeline.console.session import Told, refused
from pipeline.server.caller_limits import Full
from pipeline.vocabulary import Refusal

CALLER = "browser"  # the caller's number of such calls
ACCOUNT = "AC" + 32 * "0"  # the account of a server without one


class Asked(msgspec.Struct, frozen=True):
    """The body of a request for a call; a blank `agent` is the first."""

    agent: str = ""


def routes(console: Console) -> list[web.RouteDef]:
    """Return the routes of the phone."""

    async def ask(request: web.Request) -> web.Response:
        asked = await body(request, Asked)
        return web.json_response(place(console, request, asked.agent))

    # no HEAD: it would use up the address
    return [web.post("/api/calls", ask), web.get("/phone/{token}", console.server.pages.phone, allow_head=False)]


def place(console: Console, request: web.Request, agent: str) -> dict[str, object]:
    """Reserve a slot for a call to the agent of this name, and return all that the page has to know of it.

    Raises Told (404, 503) for an unknown agent, or if no call can be taken.
    """
    board, answering = console.board, _agent(console, agent)
    if (closed := board.closed) is not None:
        stopping = "the server is stopping, has no process that takes calls, or is short of memory"
        raise refused(request, HTTPStatus.SERVICE_UNAVAILABLE, closed, stopping, "try again a little later")
    try:
        entry = board.registry.reserve("CA" + secrets.token_hex(16), answering)
    except Full:
        busy = "all lines are busy: as many calls as `server.max_calls` allows are under way"
        advice = "try again when one has ended"
        raise refused(request, HTTPStatus.SERVICE_UNAVAILABLE, Refusal.FULL, busy, advice) from None
    entry.caller, entry.called = CALLER, next(iter(answering.config.numbers), "")
    board.processes.assign()
    return {
        "call_sid": entry.call_sid,
        "stream_sid": "MZ" + secrets.token_hex(16),
        "account_sid": board.options.account_sid or ACCOUNT,
        "stream": f"/phone/{entry.token}",
        "parameters": {"call_sid": entry.call_sid, "token": entry.secret},
    }


def _agent(console: Console, name: str) -> Agent:
    try:
        return console.board.named(name) if name else console.board.agents[0]
    except LookupError:
        raise Told(HTTPStatus.NOT_FOUND, f"no agent is called {name[:80]!r}", "reload the page") from None
