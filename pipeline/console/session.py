"""The gate of the console: who may open its pages and who may act, by host, origin and the cookie of a session.

The token of a console is in the fragment of the address that is printed, which a browser keeps to itself; the page
posts it once and gets a cookie. A cookie alone would not do: it is sent by every page of this machine, on any port,
also with `SameSite=Strict`. So a request that acts needs the exact `Origin`, and one that reads must not be another
site's.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import hdrs, web

LASTS = 12 * 3600.0  # seconds of a session
SESSIONS = 100  # sessions at a time; the oldest ends for a new one
OPEN = ("/", "/favicon.ico", "/api/session")  # paths that need no session
FILES = "/static/"  # a folder that needs none
HERE = ("127.0.0.1", "localhost", "[::1]")
SAME = ("same-origin", "none")

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


SESSION = web.RequestKey("session", str)  # the session's name in the log, of which its cookie cannot be made


class Told(web.HTTPException):
    """An error answer with a sentence for the user, as JSON; `more` is data of its own for the page."""

    def __init__(self, status: int, error: str, advice: str = "", **more: Any) -> None:
        self.status_code = status
        body = {"error": error, **({"advice": advice} if advice else {}), **more}
        super().__init__(text=msgspec.json.encode(body).decode(), content_type="application/json")


class Gate:
    """Decides on each request of a console; all are refused until `listens` has told its port.

    `public` is the https address of a proxy before it, empty on loopback. `token` opens a session.
    """

    def __init__(self, token: str = "", public: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self.public = public
        self.cookie = ""
        self._now = clock
        self.hosts: set[str] = set()
        self.origins: set[str] = set()
        self._sessions: dict[str, float] = {}  # each with the time at which it ends

    @web.middleware
    async def passes(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Pass a request on, or raise HTTP 421 for a foreign host, 403 for a foreign page, 401 without a session."""
        self._check(request)
        return await handler(request)

    def _check(self, request: web.Request) -> None:
        if set(request.headers.getall(hdrs.HOST, [])) - self.hosts or hdrs.HOST not in request.headers:
            raise Told(421, "this address is not the console's", "open the address that the server printed")
        if acts(request) and request.headers.getall(hdrs.ORIGIN, []) not in [[origin] for origin in self.origins]:
            raise Told(403, "a page of another site, or a program without an Origin, may not act here")
        is_open = request.path in OPEN or request.path.startswith(FILES)
        site = request.headers.get("Sec-Fetch-Site", "none")
        if not is_open and site not in SAME:
            raise Told(403, "a page of another site may not read the console")
        if request.can_read_body and request.content_type != "application/json":
            raise Told(415, "the body has to be application/json")
        session = request.cookies.get(self.cookie, "")
        if not is_open and not self.knows(session):
            raise Told(401, "there is no session", "open the address that the server printed (CONSOLE …) once more")
        request[SESSION] = sha256(session.encode()).hexdigest()[:8]

    def listens(self, port: int) -> None:
        """Take requests to this port of this machine, and to the public address."""
        self.cookie = f"kav_{port}"  # the port is in the name, as cookies are shared by all ports of a host
        own = {f"{host}:{port}" for host in HERE}
        self.hosts = own | ({urlsplit(self.public).netloc} if self.public else set())
        self.origins = {f"http://{host}" for host in own} | ({self.public} if self.public else set())

    def open(self, token: str) -> str | None:
        """Begin a session, and return the value of its cookie; None for a wrong token."""
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return None
        session = secrets.token_urlsafe(24)
        self._sessions[session] = self._now() + LASTS
        while len(self._sessions) > SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return session

    def knows(self, session: str) -> bool:
        """True if the session was begun and goes on."""
        ends = self._sessions.get(session, 0.0)
        if 0 < ends <= self._now():
            del self._sessions[session]
        return ends > self._now()


def acts(request: web.BaseRequest) -> bool:
    """True if a request does more than to read: any but GET and HEAD, and a WebSocket."""
    return request.method not in ("GET", "HEAD") or hdrs.UPGRADE in request.headers


def routes(gate: Gate) -> list[web.RouteDef]:
    """Return the route that opens a session."""

    async def begin(request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=dict[str, str])
        except msgspec.MsgspecError:
            raise Told(HTTPStatus.BAD_REQUEST, "the body has to be a JSON object with a token") from None
        session = gate.open(asked.get("token", ""))
        if session is None:
            raise Told(401, "this token is not the console's", "open the address that the server printed (CONSOLE …)")
        answer = web.Response(status=HTTPStatus.NO_CONTENT)
        secure, lasts = bool(gate.public), int(LASTS)
        answer.set_cookie(gate.cookie, session, httponly=True, samesite="Strict", secure=secure, max_age=lasts)
        return answer

    return [web.post("/api/session", begin)]
