"""The voice against a server on loopback that speaks ElevenLabs' API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from kav import Secret, load
from kav.audio import beep, encode
from kav.frames import AudioEnded, AudioOut, Control, Frame, Interrupt, ReplyEnded, ReplyText
from kav.testing import run_async, voice

STEP = next(it for it in load(Path(__file__).with_name("elevenlabs.yaml")).steps if it.word == "tts.elevenlabs")
REPLY = (ReplyText(1, "Good morning."), ReplyEnded(1))


class Api:
    """Speaks each text as a second of a tone, unless it has another status; or never ends it."""

    def __init__(self, status: int = 200, ends: bool = True) -> None:
        self.status, self.ends = status, ends
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.left = asyncio.Event()

    async def speak(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["xi-api-key"] == "secret" and request.query["output_format"] == "ulaw_8000"
        self.asked.append((request.match_info["voice"], await request.json()))
        if self.status != 200:
            return web.json_response({"detail": {"status": "x", "message": "no such voice"}}, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "audio/basic"})
        await response.prepare(request)
        sound = encode(voice(1.0))
        for at in range(0, len(sound), 999):
            await response.write(sound[at : at + 999])
        try:
            await asyncio.sleep(0 if self.ends else 3600)
        finally:
            self.left.set()
        return response


def speak(api: Api, *inputs: Any, left: bool = False) -> list[Frame | Control]:
    """Return the voice's output for these inputs."""

    async def main() -> list[Frame | Control]:
        app = web.Application()
        app.router.add_post("/v1/text-to-speech/{voice}/stream", api.speak)
        async with TestServer(app, handler_cancellation=True) as server:
            url = str(server.make_url("")).rstrip("/")
            settings = msgspec.structs.replace(STEP.settings, key=Secret("secret"), voice="v1", url=url, fallback=())
            async with STEP.kind.share(settings, (), "en-US") as shared:
                out = await run_async(STEP.kind(settings, shared), inputs, turn=1)
                if left:
                    await api.left.wait()
                return out

    return asyncio.run(asyncio.wait_for(main(), 20))


def ended(out: Sequence[Frame | Control]) -> bool:
    return any(isinstance(it, AudioEnded) for it in out)


def begun(out: Sequence[Frame | Control]) -> bool:
    return any(isinstance(it, AudioOut) for it in out)


def sound(out: Sequence[Frame | Control]) -> bytes:
    return b"".join(it.pcm for it in out if isinstance(it, AudioOut))


def test_a_reply_is_spoken() -> None:
    """All of the sound, as the server made it."""
    api = Api()
    assert len(sound(speak(api, *REPLY, ended))) == 16_000
    assert api.asked == [("v1", {"text": "Good morning.", "model_id": "eleven_flash_v2_5"})]


def test_a_refused_request_is_not_repeated() -> None:
    """The caller hears a beep, as there is no other voice."""
    api = Api(status=404)
    assert sound(speak(api, *REPLY, ended)) == beep() and len(api.asked) == 1


def test_a_server_in_trouble_is_asked_again() -> None:
    """Once; then the next voice would be."""
    api = Api(status=503)
    assert sound(speak(api, *REPLY, ended)) == beep() and len(api.asked) == 2


def test_an_interruption_closes_the_request() -> None:
    """The server sees its client go."""
    api = Api(ends=False)
    speak(api, *REPLY, begun, Interrupt(1, "Good", 0.2), left=True)
    assert api.left.is_set()
