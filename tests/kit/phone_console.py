"""The console's pages with a phone that a test answers, beside the feed that it tells; one browser for many tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import web

from tests.kit.browser import Browser, Page, browsing
from tests.kit.static_pages import STATIC, static_files

SID = f"CA{7:032x}"
STREAM = f"MZ{7:032x}"
ANSWER = {
    "call_sid": SID, "stream_sid": STREAM, "account_sid": f"AC{7:032x}", "stream": "/phone/a-token",
    "parameters": {"call_sid": SID, "token": "a-secret"},
}  # fmt: skip
NOW = 1_800_000_000.0  # the server's clock


def rows(**changed: Any) -> dict[str, Any]:
    """An overview of the feed: no call is under way."""
    nothing = {"calls": [], "providers": [], "quotas": [], "refused": 0, "blocked": 0.0}
    return {"now": NOW, "draining": False, "max_calls": 50, **nothing, **changed}


def snapshot(*events: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The first of the feed on the phone's call."""
    parties = {"sid": SID, "agent": "demo", "caller": "browser", "called": "", "language": "he-IL"}
    state = {"started": NOW, "at": 0.0, "state": "LISTENING", "words": True, "cut": 0}
    return {**parties, **state, "steps": [], "events": events, **changed}


class PhoneConsole:
    """The server's side: `feeds` are the addresses that were followed, `heard` the messages of the phone.

    `tokens` are those that asked for a session. A test sets the rest before the page asks for it.
    """

    def __init__(self) -> None:
        self.page: Page
        self.agents = [self.agent("demo")]
        self.session = True  # the browser has one
        self.editing = False
        self.kept = True  # calls have records
        self.busy: dict[str, str] | None = None  # the error of a server that takes no call
        self.unwilling = ""  # the reason for which the feed is refused
        self.feeds: list[str] = []
        self.heard: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self._heard: asyncio.Task[None] | None = None  # until the line is to be closed
        self._goodbye = 1000, ""
        self._following: list[tuple[web.Request, web.StreamResponse]] = []
        self.routes = [
            web.get("/console", self._index),
            web.get("/api/agents", self._served),
            web.get("/api/feed", self._feed),
            web.post("/api/session", self._log_in),
            web.post("/api/calls", self._place),
            web.get("/phone/a-token", self._talk),
            web.get("/api/past", self._past),
        ]

    @staticmethod
    def agent(name: str, **changed: Any) -> dict[str, Any]:
        """An agent that is served."""
        file = {"numbers": [], "hash": "0", "file": f"{name}.yaml"}
        return {"name": name, "language": "he-IL", **file, "log_words": True, **changed}

    @property
    def open_feeds(self) -> int:
        """The connections of the feed that are open."""
        transports = [request.transport for request, _ in self._following]
        return sum(it is not None and not it.is_closing() for it in transports)

    async def start(self, address: str = "") -> None:
        """Go to an address of the console."""
        await self.page.go(f"{await self.page.evaluate('location.origin')}/console{address}")

    async def open(self, address: str = "#/phone") -> None:
        """Go to an address of the console, and wait until its feed is followed."""
        followed = len(self._following)
        await self.start(address)
        await self.until(lambda: len(self._following) > followed)

    async def say(self, event: str, data: Any) -> None:
        """Send one event to the feed that was opened last."""
        await self._following[-1][1].write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    async def cut(self) -> None:
        """Break off the feed's connection, as a network does."""
        transport = self._following[-1][0].transport
        assert transport is not None
        transport.close()

    async def until(self, seen: Callable[[], object]) -> None:
        """Wait until the browser has done something, as the server sees it."""
        async with asyncio.timeout(30):
            while not seen():
                await self.page.evaluate("new Promise((later) => setTimeout(later, 20))")

    async def dial(self) -> None:
        """Press the button, and wait until the call is up, and watched."""
        await self.page.until("document.querySelector('button.go')")
        await self.page.click("button.go")
        await self.until(lambda: "call=" in self.feeds[-1] and len(self._following) == len(self.feeds))

    async def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close the line from the agent's side."""
        assert self._heard is not None
        self._goodbye = code, reason
        self._heard.cancel()

    def of(self, event: str) -> list[dict[str, Any]]:
        """The messages of one kind that came over the line."""
        return [it[event] for it in self.heard if it["event"] == event]

    async def _served(self, request: web.Request) -> web.Response:
        if not self.session:
            return web.json_response({"error": "there is no session"}, status=401)
        return web.json_response({"agents": self.agents, "editing": self.editing, "version": "0"})

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        if not self.session or self.unwilling:
            return web.json_response({"error": self.unwilling}, status=503 if self.session else 401)
        self.feeds.append(request.path_qs)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        self._following.append((request, stream))
        await self.say("hello", {"format": 1, "started": NOW, "now": NOW, "version": "0"})
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return stream

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _log_in(self, request: web.Request) -> web.Response:
        self.tokens.append((await request.json())["token"])
        self.session = self.tokens[-1].startswith("right")
        return web.Response(status=204) if self.session else web.json_response({"error": "no"}, status=401)

    async def _place(self, request: web.Request) -> web.Response:
        if self.busy:
            return web.json_response(self.busy, status=503)
        return web.json_response({**ANSWER, "agent": (await request.json())["agent"]})

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(protocols=["audio.twilio.com"])
        await line.prepare(request)
        self._heard = asyncio.create_task(self._hear(line))
        await asyncio.wait([self._heard])
        # A `close` beside a task that reads would cut the connection at once, without the browser's answer: with sound
        # of its microphone on the way, that is a reset, and the browser may never see the code.
        code, reason = self._goodbye
        await line.close(code=code, message=reason.encode())
        return line

    async def _hear(self, line: web.WebSocketResponse) -> None:
        async for message in line:
            self.heard.append(message.json())

    async def _past(self, request: web.Request) -> web.Response:
        calls = [{"sid": request.query["query"]}] if self.kept else []
        return web.json_response({"calls": calls, "next": None, "reading": 1.0})


Scene = Callable[[PhoneConsole], Awaitable[None]]


class Seen:
    """Plays scenes before one browser, each with a page and a server of its own."""

    def __init__(self, runner: asyncio.Runner, browser: Browser) -> None:
        self._runner = runner
        self._browser = browser

    def __call__(self, scene: Scene) -> None:
        """Play a scene to its end."""
        self._runner.run(self._play(scene))

    async def _play(self, scene: Scene) -> None:
        console = PhoneConsole()
        async with static_files(console.routes) as port:
            console.page = await self._browser.page(f"http://127.0.0.1:{port}/")
            await scene(console)
            await console.page.send("Page.close")


@contextmanager
def seeing(*flags: str) -> Iterator[Seen]:
    """A browser, whose microphone beeps."""
    with asyncio.Runner() as runner:
        browser = browsing(*flags)
        yield Seen(runner, runner.run(browser.__aenter__()))
        runner.run(browser.__aexit__(None, None, None))
