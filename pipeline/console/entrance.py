"""The route that opens a session of the console."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from aiohttp import web

from pipeline.console.body import body
from pipeline.console.session import LASTS, PAUSE, PRINTED, Gate, refused
from pipeline.vocabulary import Refusal

MOST = 16 * 1024  # bytes of a request


class Offered(msgspec.Struct, frozen=True):
    """The token of the printed address."""

    token: str


def routes(gate: Gate) -> list[web.RouteDef]:
    """Return the route that opens a session."""

    async def begin(request: web.Request) -> web.Response:
        offered = await body(request, Offered, MOST)
        if gate.pauses:
            error, advice = "too many wrong tokens came", f"try again in {PAUSE:.0f} seconds"
            raise refused(request, HTTPStatus.TOO_MANY_REQUESTS, Refusal.SESSION, error, advice)
        session = gate.open(offered.token)
        if session is None:
            raise refused(request, 401, Refusal.SESSION, "this token is not the console's", PRINTED)
        answer = web.Response(status=HTTPStatus.NO_CONTENT)
        secure, lasts = bool(gate.public), int(LASTS)
        answer.set_cookie(gate.cookie, session, httponly=True, samesite="Strict", secure=secure, max_age=lasts)
        return answer

    return [web.post("/api/session", begin)]
