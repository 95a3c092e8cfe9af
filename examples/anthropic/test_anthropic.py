"""The model against a server on loopback that speaks the Messages API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from kav import Secret, load
from kav.frames import Control, Frame, ReplyEnded, ReplyText, SpeechStarted, Transcript
from kav.testing import run_async

STEP = next(it for it in load(Path(__file__).with_name("anthropic.yaml")).steps if it.word == "llm.anthropic")


class Api:
    """Answers each request with the events of a reply of these words, then fails if told to, or never ends it."""

    def __init__(self, *words: str, error: bool = False, ends: bool = True, status: int = 200) -> None:
        self.words, self.error, self.ends, self.status = words, error, ends, status
        self.asked: list[dict[str, Any]] = []
        self.left = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["x-api-key"] == "secret" and request.headers["anthropic-version"] == "2023-06-01"
        self.asked.append(await request.json())
        if self.status != 200:
            problem = {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
            return web.json_response(problem, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await self.send(response, "message_start", message={"id": "msg_1", "content": []})
        await self.send(response, "ping")
        for word in self.words:
            await self.send(response, "content_block_delta", index=0, delta={"type": "text_delta", "text": word})
        if self.error:
            await self.send(response, "error", error={"type": "overloaded_error", "message": "Overloaded"})
        elif self.ends:
            await self.send(response, "message_delta", delta={"stop_reason": "end_turn"})
            await self.send(response, "message_stop")
        else:
            await self.forever()
        return response

    async def forever(self) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            self.left.set()

    async def send(self, response: web.StreamResponse, kind: str, **fields: Any) -> None:
        data = msgspec.json.encode({"type": kind, **fields}).decode()
        await response.write(f"event: {kind}\ndata: {data}\n\n".encode())


def talk(api: Api, *inputs: Any, left: bool = False) -> list[Frame | Control]:
    """Return the model's output for these inputs."""

    async def main() -> list[Frame | Control]:
        app = web.Application()
        app.router.add_post("/v1/messages", api.answer)
        async with TestServer(app, handler_cancellation=True) as server:
            url = str(server.make_url("")).rstrip("/")
            settings = msgspec.structs.replace(
                STEP.settings, key=Secret("secret"), model="a-model", url=url, fallback=()
            )
            async with STEP.kind.share(settings, (), "en-US") as shared:
                out = await run_async(STEP.kind(settings, shared), inputs, turn=1)
                if left:
                    await api.left.wait()
                return out

    return asyncio.run(asyncio.wait_for(main(), 20))


def ended(out: Sequence[Frame | Control]) -> bool:
    return any(isinstance(it, ReplyEnded) for it in out)


def begun(out: Sequence[Frame | Control]) -> bool:
    return any(isinstance(it, ReplyText) for it in out)


def said(out: Sequence[Frame | Control]) -> list[str]:
    return [it.text for it in out if isinstance(it, ReplyText)]


def test_a_reply_is_spoken_as_it_comes() -> None:
    """The request has the conversation, and the reply is cut into pieces that can be spoken."""
    api = Api("Three rooms", ", gladly. In which", " city?")
    out = talk(api, Transcript(1, "three rooms"), ended)
    assert " ".join(said(out)) == "Three rooms, gladly. In which city?"
    assert api.asked[0]["messages"] == [{"role": "user", "content": "three rooms"}] and api.asked[0]["stream"]


def test_a_refused_key_is_an_error_of_the_provider() -> None:
    """The caller hears the fixed sentence for it, and not silence."""
    out = talk(Api(status=401), Transcript(1, "hello"), ended)
    assert said(out) == [STEP.settings.fixed("failed", "en-US")]


def test_an_error_in_the_stream_ends_the_reply() -> None:
    """`overloaded_error` may come after the status 200."""
    out = talk(Api(error=True), Transcript(1, "hello"), ended)
    assert said(out) == [STEP.settings.fixed("failed", "en-US")]


def test_an_interruption_closes_the_request() -> None:
    """The server sees its client go, and does not go on for nothing."""
    api = Api("One moment. ", "I am looking. ", ends=False)
    talk(api, Transcript(1, "hello"), begun, SpeechStarted(2, 1.0), left=True)
    assert api.left.is_set()
