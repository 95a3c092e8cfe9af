"""A proxy before a provider that answers each request with its own error: the caller hears something all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from pipeline.config import Config
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Pcm, WaitReply
from pipeline.server.app import running
from pipeline.testing import voice
from tests.kit.alone import run
from tests.kit.bystander import longest_silence

PAGE = "<html><title>502 Bad Gateway</title>nginx</html>"
STEPS: dict[str, dict[str, Any]] = {
    "asr": {"asr.openai": {"model": "whisper-1", "key": "k-of-nobody"}},
    "llm": {"llm.openai": {"model": "m", "key": "k-of-nobody"}},
    "tts": {"tts.openai": {"model": "tts-1", "voice": "alloy", "key": "k-of-nobody"}},
}


@asynccontextmanager
async def proxy() -> AsyncIterator[str]:
    """The proxy's address, as of a provider behind it."""

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=502, text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


@pytest.mark.fault("H8")
@pytest.mark.parametrize("kind", STEPS)
def test_the_caller_hears_something(kind: str, agent: Callable[..., Config]) -> None:
    """For a recogniser, a model and a voice that cannot be had: a question back, an apology, a beep; no dead air."""

    async def placed() -> CallResult:
        async with proxy() as address:
            ((word, settings),) = STEPS[kind].items()
            config = agent(swap={kind: {word: {**settings, "base_url": address}}})
            async with running([config]) as server:
                result = await place_call(server.url, (Pcm(voice(0.8)), WaitReply()), limit=15)
                await server.registry.idle()
                return result

    result = run(placed())
    assert result.ok, result.error
    assert [turn.audio is None for turn in result.turns] == [False]
    assert longest_silence(result) < 10
