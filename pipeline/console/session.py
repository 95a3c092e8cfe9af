"""The gate of the console: who may open its pages and who may act, by host, origin and the cookie of a session.

The token of a console is in the fragment of the address that is printed, which a browser keeps to itself; the page
posts it once and gets a cookie. A cookie alone would not do: it is sent by every page of this machine, on any port,
also with `SameSite=Strict`. So a request that acts needs the exact `Origin`, and one that reads must not be another
site's.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from pipeline.faults import printable
from pipeline.server.address import Address, is_loopback
from pipeline.server.refusals import Why
from pipeline.server.switchboard import BOARD
from pipeline.text.plain_json import encoded
from pipeline.vocabulary import Refusal

LASTS = 12 * 3600.0  # seconds of a session
SESSIONS = 100  # sessions at a time; the oldest ends for a new one
TRIES, PAUSE = 10, 10.0  # wrong tokens that are compared in so many seconds
OPEN = ("/", "/favicon.ico", "/api/session")  # paths that need no session
FILES = "/static/"  # a folder that needs none
HERE = ("127.0.0.1", "localhost", "::1")
PRINTED = "open the address that the server printed (CONSOLE …)"
SAME = ("same-origin", "none")

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION = web.RequestKey("session", str)  # the session's name in the log, of which its cookie cannot be made


class Told(web.HTTPException):
    """An error answer with a sentence for the user, as JSON; `more` is data of its own for the page."""

    def __init__(self, status: int, error: str, advice: str = "", **more: Any) -> None:
        self.status_code = status
        body = {"error": error, **({"advice": advice} if advice else {}), **more}
        super().__init__(text=encoded(body).decode(), content_type="application/json")


class Fault(NamedTuple):
    """The reason for which a request is refused, in a word and in a sentence, and advice on it."""

    status: int
    reason: Refusal
    error: str
    advice: str = ""


def refused(request: web.Request, status: int, reason: Refusal, error: str, advice: str = "") -> Told:
    """Count and log a refused request, and return the error answer to raise."""
    why = Why(error, advice or "nothing, if it is a stranger's", "console")
    request.app[BOARD].refusals.add(request, reason, why)
    return Told(status, error, advice)


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
        self._wrong: deque[float] = deque(maxlen=TRIES)  # when wrong tokens came

    @web.middleware
    async def passes(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Pass a request on, or raise HTTP 421 for a foreign host, 403 for a foreign page, 401 without a session.

        Then 404 and 405, as the router does. All are counted and logged as refusals.
        """
        if (fault := self._foreign(request) or self._closed(request)) is not None:
            raise refused(request, *fault)
        if (error := request.match_info.http_exception) is not None:
            raise _lost(request, error)
        session = request.cookies.get(self.cookie, "")
        request[SESSION] = sha256(session.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        return await handler(request)

    def _foreign(self, request: web.Request) -> Fault | None:
        if not (named := hosts(request)) or set(named) - self.hosts:
            return Fault(421, Refusal.HOST, "this address is not the console's", PRINTED)
        if acts(request) and request.headers.getall(hdrs.ORIGIN, []) not in [[origin] for origin in self.origins]:
            error = "a page of another site, or a program without an Origin, may not act here"
            return Fault(403, Refusal.ORIGIN, error)
        if not _is_open(request) and any(it not in SAME for it in request.headers.getall("Sec-Fetch-Site", [])):
            return Fault(403, Refusal.ORIGIN, "a page of another site may not read the console")
        return None

    def _closed(self, request: web.Request) -> Fault | None:
        if request.can_read_body and request.content_type != "application/json":
            return Fault(415, Refusal.CONTENT_TYPE, "the body has to be application/json")
        if not _is_open(request) and not self.knows(request.cookies.get(self.cookie, "")):
            return Fault(401, Refusal.SESSION, "there is no session", f"{PRINTED} once more")
        return None

    def listens(self, address: Address) -> None:
        """Take requests to this port of this machine, and to the public address."""
        port = address.port
        self.cookie = f"kav_{port}"  # the port is in the name, as cookies are shared by all ports of a host
        names = {*HERE, address.host} if is_loopback(address.host) else HERE
        own = {urlsplit(Address(name, port).url).netloc for name in names}
        own |= {host.removesuffix(":80") for host in own}  # browsers leave this port out
        self.hosts = own | ({urlsplit(self.public).netloc} if self.public else set())
        self.origins = {f"http://{host}" for host in own} | ({self.public} if self.public else set())

    def open(self, token: str) -> str | None:
        """Begin a session, and return the value of its cookie; None for a wrong token."""
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            self._wrong.append(self._now())
            return None
        session = secrets.token_urlsafe(24)
        self._sessions[session] = self._now() + LASTS
        while len(self._sessions) > SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return session

    @property
    def pauses(self) -> bool:
        """True while no token is compared, as too many wrong ones came: this bounds guessing to one a second."""
        return len(self._wrong) == TRIES and self._now() - self._wrong[0] < PAUSE

    def knows(self, session: str) -> bool:
        """True if the session was begun and goes on."""
        ends = self._sessions.get(session, 0.0)
        if 0 < ends <= self._now():
            del self._sessions[session]
        return ends > self._now()


def acts(request: web.BaseRequest) -> bool:
    """True if a request does more than to read: any but GET and HEAD, and a WebSocket."""
    return request.method not in ("GET", "HEAD") or hdrs.UPGRADE in request.headers


def hosts(request: web.BaseRequest) -> list[str]:
    """Return the hosts that a request names: its Host, and that of a target in absolute form."""
    target = "" if request.raw_path.startswith("/") else urlsplit(request.raw_path).netloc
    return [*request.headers.getall(hdrs.HOST, ()), *([target] if target else [])]


def _is_open(request: web.Request) -> bool:
    return request.path in OPEN or request.path.startswith(FILES)


def _lost(request: web.Request, error: web.HTTPException) -> Told:
    """Return the answer for a path that is not there, or that takes other methods."""
    if not isinstance(error, web.HTTPMethodNotAllowed):
        return refused(request, 404, Refusal.PATH, "the console has no such path", PRINTED)
    told = refused(request, 405, Refusal.METHOD, f"this path does not take {printable(request.method[:20])}")
    told.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    return told
