"""The console's pages with a phone that a test answers, beside the feed that it tells; one browser for many tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from tests.kit.fed_console import SID, FedConsole

from tests.kit.browser import Browser, browsing
from tests.kit.static_pages import static_files

STREAM = f"MZ{7:032x}"
ANSWER = {
    "call_sid": SID, "stream_sid": STREAM, "account_sid": f"AC{7:032x}", "stream": "/phone/a-token",
    "parameters": {"call_sid": SID, "token": "a-secret"},
}  # fmt: skip


class PhoneConsole(FedConsole):
    """The server's side of a phone: `heard` are the messages that it got, `tokens` those that asked for a session."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: dict[str, str] | None = None  # the error of a server that takes no call
        self.agents = [self.agent("demo")]
        self.heard: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.session = True  # the browser has one
        self.editing = False
        self.unwilling = ""  # the reason for which the feed is refused
        self.kept = True  # calls have records
        self._line: web.WebSocketResponse | None = None
        self._following: list[web.Request] = []
        self.routes = [
            web.get("/api/agents", self._served),
            web.post("/api/session", self._log_in),
            web.post("/api/calls", self._place),
            web.get("/phone/a-token", self._talk),
            web.get("/api/past", self._past),
            *(route for route in self.routes if route.path != "/api/agents"),
        ]

    @staticmethod
    def agent(name: str, **changed: Any) -> dict[str, Any]:
        """An agent that is served."""
        file = {"numbers": [], "hash": "0", "file": f"{name}.yaml"}
        return {"name": name, "language": "he-IL", **file, "log_words": True, **changed}

    @property
    def open_feeds(self) -> int:
        """The connections of the feed that are open."""
        return sum(it.transport is not None and not it.transport.is_closing() for it in self._following)

    async def cut(self) -> None:
        """Break off the feed's connection, as a network does."""
        transport = self._following[-1].transport
        assert transport is not None
        transport.close()

    async def dial(self, button: str = "button.go") -> None:
        """Press the button, and wait until the call is up, and watched."""
        await self.page.until(f"document.querySelector('{button}')")
        await self.page.click(button)
        await self.until(lambda: "call=" in self.feeds[-1] and len(self._streams) == len(self.feeds))

    async def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close the line from the agent's side."""
        assert self._line is not None
        await self._line.close(code=code, message=reason.encode())

    async def text(self, selector: str) -> str:
        """The words that an element shows, once it is there."""
        return str(await self.page.until(f"document.querySelector({selector!r})?.innerText"))

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
        self._following.append(request)
        return await super()._feed(request)

    async def _log_in(self, request: web.Request) -> web.Response:
        self.tokens.append((await request.json())["token"])
        self.session = self.tokens[-1] == "right"
        return web.Response(status=204) if self.session else web.json_response({"error": "no"}, status=401)

    async def _place(self, request: web.Request) -> web.Response:
        if self.busy:
            return web.json_response(self.busy, status=503)
        return web.json_response({**ANSWER, "agent": (await request.json())["agent"]})

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        self._line = web.WebSocketResponse(protocols=["audio.twilio.com"])
        await self._line.prepare(request)
        async for message in self._line:
            self.heard.append(message.json())
        return self._line

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
