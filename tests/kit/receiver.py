"""A receiver of events on loopback, which verifies each with the reference library, and answers as it is told."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from pipeline.config.after_settings import AfterSettings, Receiver
from pipeline.settings import Secret

SECRET = "whsec_" + base64.b64encode(b"0123456789" * 3).decode()
CUT = -1  # an answer of 200 whose body ends early
SLOW = -2  # none at all


class Inbox:
    """The events that came, by their ids; `answers` are the statuses of the next ones, then 200."""

    def __init__(self, secret: str = SECRET) -> None:
        self.secret, self.url = secret, ""
        self.events: dict[str, dict[str, Any]] = {}
        self.ids: list[str] = []  # of all attempts
        self.answers: list[int] = []
        self.came = asyncio.Condition()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Verify and keep an event."""
        body = await request.read()
        Webhook(self.secret).verify(body, dict(request.headers))
        name = request.headers["webhook-id"]
        status = self.answers.pop(0) if self.answers else 200
        async with self.came:
            self.ids.append(name)
            if status == 200:
                self.events[name] = json.loads(body)
            self.came.notify_all()
        if status == SLOW:
            await asyncio.Event().wait()
        if status == CUT:
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"half")
            assert request.transport is not None
            request.transport.abort()
            return response
        return web.Response(status=status)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds, which is looked at as each event comes."""
        async with self.came:
            await self.came.wait_for(holds)

    def after(self, **settings: Any) -> AfterSettings:
        """Return the settings of a config whose events come here."""
        receiver = Receiver(url=self.url, secret=Secret(self.secret), **settings.pop("receiver", {}))
        return AfterSettings(send=[receiver], **settings)


@asynccontextmanager
async def receiver(secret: str = SECRET, port: int = 0) -> AsyncIterator[Inbox]:
    """Open a receiver on loopback."""
    inbox, app = Inbox(secret), web.Application()
    app.add_routes([web.post("/hooks/kav", inbox.take)])
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    inbox.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/kav"
    try:
        yield inbox
    finally:
        await runner.cleanup()
