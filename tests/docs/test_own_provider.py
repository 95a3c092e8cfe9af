"""The providers of docs/own-provider.md against the server that they are written for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pipeline.audio import beep
from pipeline.config import load
from pipeline.frames import AudioEnded, AudioOut, ReplyEnded, ReplyText, Transcript, Utterance
from pipeline.settings import Secret
from pipeline.testing import run_async, voice
from tests.kit.pages import Block, do, read, steps

SOUND = voice(1.0)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the page's files."""
    folder = tmp_path_factory.mktemp("page")
    for step in steps(read("docs/own-provider.md")):
        if isinstance(step, Block):
            do(step, folder)
    return folder / "mine/acme.yaml"


async def hear(request: web.Request) -> web.Response:
    return web.json_response({"words": f"{len(await request.read())} bytes"})


async def answer(request: web.Request) -> web.Response:
    return web.Response(text=f"You said\n {(await request.json())[-1]['text']}.\n")


async def speak(request: web.Request) -> web.Response:
    return web.Response(body=SOUND)


@web.middleware
async def keyed(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse a request without the key."""
    if request.headers["Authorization"] != "Bearer secret":
        return web.Response(status=401)
    response: web.StreamResponse = await handler(request)
    return response


def asked(config: Path, place: str, end: type[Any], *inputs: Any, key: str = "secret") -> list[Any]:
    """What a step of the page gives for these inputs, up to a frame of class `end`."""

    async def main() -> list[Any]:
        app = web.Application(middlewares=[keyed])
        app.add_routes([web.post("/hear", hear), web.post("/answer", answer), web.post("/speak", speak)])
        async with TestServer(app) as server:
            step = next(it for it in load(config).steps if it.word == place)
            given = {"url": str(server.make_url("")).rstrip("/"), "key": Secret(key), "fallback": ()}
            settings = msgspec.structs.replace(step.settings, **given)
            async with step.kind.share(settings, (), "en-US") as shared:
                ended = lambda out: any(isinstance(it, end) for it in out)  # noqa: E731
                return await run_async(step.kind(settings, shared), [*inputs, ended], turn=1)

    return asyncio.run(asyncio.wait_for(main(), 20))


def test_the_recogniser_hears(written: Path) -> None:
    """The words of the turn; without the right key none, and the call goes on."""
    turn = Utterance(1, SOUND, 0.0, 1.0, 1.0)
    assert [it.text for it in asked(written, "asr.acme", Transcript, turn)] == [f"{len(SOUND)} bytes"]
    assert [it.text for it in asked(written, "asr.acme", Transcript, turn, key="wrong")] == [""]


def test_the_model_answers(written: Path) -> None:
    """In words of its own; without the right key in the fixed sentence for that."""
    said = [
        it.text for it in asked(written, "llm.acme", ReplyEnded, Transcript(1, "hello")) if isinstance(it, ReplyText)
    ]
    assert " ".join(" ".join(said).split()) == "You said hello."
    assert any(
        isinstance(it, ReplyText) for it in asked(written, "llm.acme", ReplyEnded, Transcript(1, "x"), key="wrong")
    )


def test_the_voice_speaks(written: Path) -> None:
    """All of the sound; without the right key a beep."""
    reply = (ReplyText(1, "Good morning."), ReplyEnded(1))
    for key, sound in (("secret", SOUND), ("wrong", beep())):
        out = asked(written, "tts.acme", AudioEnded, *reply, key=key)
        assert b"".join(it.pcm for it in out if isinstance(it, AudioOut)) == sound
