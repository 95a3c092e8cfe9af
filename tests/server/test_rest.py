"""Hanging up over Twilio's REST API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from pipeline.server.rest import Rest
from tests.kit.peer import ACCOUNT, sid

HANGS = 0


@asynccontextmanager
async def twilio(*statuses: int, **patience: float) -> AsyncIterator[tuple[Rest, list[tuple[str, str, str]]]]:
    """A loopback server that answers with these statuses, then 200; the requests that it saw. HANGS is no answer."""
    seen: list[tuple[str, str, str]] = []
    answers, over = iter(statuses), asyncio.Event()

    async def update(request: web.Request) -> web.Response:
        form = await request.post()
        seen.append((request.path, str(form["Status"]), request.headers["Authorization"]))
        if (status := next(answers, 200)) == HANGS:
            await over.wait()
        return web.Response(status=status, text='{"code": 20404}' if status == 404 else "{}")

    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Calls/{call}", update)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with ClientSession() as session:
        yield Rest(session, ACCOUNT, "token", f"http://127.0.0.1:{site.port}", pause=0.001, **patience), seen
    over.set()
    await runner.cleanup()


@pytest.mark.fault("H9")
@pytest.mark.parametrize(
    ("statuses", "attempts", "over"),
    [((), 1, True), ((404,), 1, True), ((429, 500, 503), 4, True), ((401,), 1, False), ((302,), 1, False)],
)
async def test_hanging_up_over_rest(statuses: tuple[int, ...], attempts: int, over: bool) -> None:
    """A busy or broken Twilio is asked again, a call that is gone is success, and a refusal is final."""
    async with twilio(*statuses) as (rest, seen):
        assert await rest.end_call(sid()) is over
        assert len(seen) == attempts
        assert seen[0][:2] == (f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid()}.json", "completed")
        assert seen[0][2].startswith("Basic ")


@pytest.mark.fault("H9")
async def test_a_request_that_hangs_is_made_again() -> None:
    """Twilio may answer the next one."""
    async with twilio(HANGS, HANGS, attempt=0.05) as (rest, seen):
        assert await rest.end_call(sid()) is True
        assert len(seen) == 3


@pytest.mark.fault("H9")
async def test_a_twilio_that_hangs_is_given_up(lines: list[str]) -> None:
    """Once, with a line that names the call: its slot is free already, so that nobody waits for it."""
    async with twilio(*[HANGS] * 100, attempt=0.02, patience=0.2) as (rest, seen):
        assert await rest.end_call(sid()) is False
        assert len(seen) > 1
    assert [line for line in lines if "REST" in line] == [f"REST hang-up of {sid()} was not answered within 0.2 s"]
