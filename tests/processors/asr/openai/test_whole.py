"""Recognition by OpenAI's API, against a server that speaks it."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from loguru import logger

from pipeline.agent import finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import Transcript, Utterance
from pipeline.settings import Secret
from pipeline.testing import CALL_SID, NoWire, voice
from processors.asr.openai import OpenAiRecognizer
from tests.kit.alone import alone
from tests.kit.google_caller import Catch

KEY = "sk-canary-0123456789"


class Transcriber:
    """A server: answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: web.Response | None = web.json_response({"text": " שלושה חדרים\n"})
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.came = asyncio.Event()  # a request
        self.gone = asyncio.Event()  # a request, answered or given up

    async def transcribe(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers["Authorization"])
        form: dict[str, Any] = dict(await request.post())
        with form["file"].file as sound:
            form["file"] = sound.read()
        self.asked.append(form)
        self.came.set()
        try:
            if self.answer is None:
                await asyncio.Event().wait()
        finally:
            self.gone.set()
        assert self.answer is not None
        return self.answer


@asynccontextmanager
async def calling(**settings: Any) -> AsyncIterator[tuple[Transcriber, Chain, Catch]]:
    """A call, and the server that it asks."""
    server, app = Transcriber(), web.Application()
    app.router.add_post("/v1/audio/transcriptions", server.transcribe)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    given = {"model": "hears", "key": Secret(KEY), "base_url": f"http://127.0.0.1:{port}/v1", **settings}
    chosen = OpenAiRecognizer.Settings(**given)
    loop, catch = asyncio.get_running_loop(), Catch()
    try:
        async with OpenAiRecognizer.share(chosen, (), "he-IL") as shared:
            call = Call(CALL_SID, NoWire(), loop, language="he-IL")
            chain = Chain([OpenAiRecognizer(chosen, shared), catch], call, loop)
            yield server, chain, catch
            await finish(chain, "done")
    finally:
        await runner.cleanup()


def utterance(turn: int = 1) -> Utterance:
    return Utterance(turn, voice(1.0), 0.2, 1.2, 1.0)


@alone
async def test_an_utterance_is_understood() -> None:
    """Its words come back, clean; what was sent is a WAV file of the telephone's format."""
    async with calling(prompt="חדרים, דירה") as (server, chain, catch):
        chain.put(utterance())
        assert await catch.outcomes.get() == Transcript(1, "שלושה חדרים", True, "he-IL")
        [asked] = server.asked
        sound = asked.pop("file")
        assert asked == {"model": "hears", "language": "he", "prompt": "חדרים, דירה", "response_format": "json"}
        with wave.open(io.BytesIO(sound)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
            assert file.readframes(file.getnframes()) == voice(1.0)
        assert server.keys == [f"Bearer {KEY}"]


@pytest.mark.fault("D6", "I-1")
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
@alone
async def test_an_error_is_asked_once_and_tells_no_key(status: int) -> None:
    """The caller is answered at once; what the provider says about the key is in no log."""
    lines: list[str] = []
    sink = logger.add(lines.append, level="DEBUG", format="{message}", backtrace=False, diagnose=False)
    async with calling() as (server, chain, catch):
        server.answer = web.json_response({"error": {"message": f"wrong key {KEY}"}}, status=status)
        chain.put(utterance())
        assert await catch.outcomes.get() == Transcript(1, "", failed=True)
        assert len(server.asked) == 1 and chain.call.faults == 1
    logger.remove(sink)
    assert f"{status} wrong key •••" in "".join(lines) and KEY not in "".join(lines)


@pytest.mark.fault("D2")
@alone
async def test_a_server_that_hangs_is_not_waited_for() -> None:
    """After `timeout` nothing was understood, and the request is gone."""
    async with calling(timeout=1.0) as (server, chain, catch):
        server.answer = None
        chain.put(utterance())
        assert await catch.outcomes.get() == Transcript(1, "", failed=True)
        await server.gone.wait()
        assert chain.call.faults == 1


@alone
async def test_a_call_that_ends_leaves_no_request() -> None:
    """What was asked is taken back."""
    async with calling() as (server, chain, catch):
        server.answer = None
        chain.put(utterance())
        await server.came.wait()
        await finish(chain, "stop")
        await server.gone.wait()
        assert chain.call.faults == 0 and catch.outcomes.empty()


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"text": null}', '{"text": 7}', "<html>"])
@alone
async def test_an_answer_that_is_none(body: str) -> None:
    """Whatever comes, the turn has an outcome, without words."""
    async with calling() as (server, chain, catch):
        server.answer = web.Response(text=body, content_type="application/json")
        chain.put(utterance())
        found = await catch.outcomes.get()
        assert (found.turn, found.text) == (1, "")


@pytest.mark.fault("D10")
@alone
async def test_hostile_words() -> None:
    """Control and direction characters never get in, and a turn has 2 kB at most."""
    async with calling() as (server, chain, catch):
        server.answer = web.json_response({"text": "\u202ea\x1b[31m\r\nb" + "c" * 100_000})
        chain.put(utterance())
        found = await catch.outcomes.get()
        assert found.text.startswith("a[31m bccc") and len(found.text.encode()) <= 2000
