"""The recogniser against a server on loopback that speaks Deepgram's streaming API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from kav import Secret, load
from kav.audio import FRAME_BYTES
from kav.frames import AudioIn, CallStarted, Control, Frame, SpeechStarted, Transcript, TurnDropped, Utterance
from kav.testing import run_async, voice
from kav.vocabulary import DropReason

STEP = next(it for it in load(Path(__file__).with_name("deepgram.yaml")).steps if it.word == "asr.deepgram")
START = CallStarted("CA1", "MZ1", {})
SOUND = voice(0.4)


class Api:
    """Hears `words` in each turn: the first one as soon as sound comes, all once it is told to finalise."""

    def __init__(self, words: str = "three rooms", dies: bool = False, key: str = "secret") -> None:
        self.words, self.dies, self.key = words, dies, key
        self.sound = 0
        self.told: list[str] = []
        self.query: dict[str, str] = {}
        self.kept = asyncio.Event()

    async def listen(self, request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Token {self.key}":
            return web.Response(status=401, headers={"dg-error": "Invalid credentials."})
        self.query = dict(request.query)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.BINARY:
                self.sound += len(message.data)
                await self.results(ws, self.words.split()[0], False)
            elif message.type is WSMsgType.TEXT:
                await self.told_of(ws, json.loads(message.data)["type"])
        return ws

    async def told_of(self, ws: web.WebSocketResponse, kind: str) -> None:
        self.told.append(kind)
        if kind == "KeepAlive":
            self.kept.set()
        elif kind == "CloseStream":
            await ws.close()
        elif self.dies:
            await ws.close(code=1011)
        else:
            await self.results(ws, self.words, True, from_finalize=True)

    async def results(self, ws: web.WebSocketResponse, text: str, final: bool, **more: bool) -> None:
        alternatives = [{"transcript": text, "confidence": 0.9}]
        message = {
            "type": "Results",
            "is_final": final,
            "speech_final": final,
            "channel": {"alternatives": alternatives},
        }
        await ws.send_json({**message, **more})


def hear(api: Api, *inputs: Any, **changes: Any) -> list[Frame | Control]:
    """Return the recogniser's output for these inputs."""

    async def main() -> list[Frame | Control]:
        app = web.Application()
        app.router.add_get("/v1/listen", api.listen)
        async with TestServer(app) as server:
            url = str(server.make_url("/v1/listen")).replace("http", "ws", 1)
            given = {"key": Secret("secret"), "url": url, "fallback": (), **changes}
            settings = msgspec.structs.replace(STEP.settings, **given)
            async with STEP.kind.share(settings, (), "en-US") as shared:
                return await run_async(STEP.kind(settings, shared), inputs, turn=1)

    return asyncio.run(asyncio.wait_for(main(), 20))


def turn(number: int = 1) -> list[Frame]:
    """Return a spoken turn up to before its end."""
    pieces = [SOUND[at : at + FRAME_BYTES] for at in range(0, len(SOUND), FRAME_BYTES)]
    return [SpeechStarted(number, 0.0, pieces[0]), *(AudioIn(it, 0.0, True) for it in pieces[1:])]


def end(number: int = 1) -> Utterance:
    return Utterance(number, SOUND, 0.0, 0.4, 0.4)


def interim(out: Sequence[Frame | Control]) -> bool:
    return any(isinstance(it, Transcript) and not it.final for it in out)


def finals(out: Sequence[Frame | Control]) -> list[tuple[int, str]]:
    return [(it.turn, it.text) for it in out if isinstance(it, Transcript) and it.final]


def final(out: Sequence[Frame | Control]) -> bool:
    return bool(finals(out))


def test_words_come_while_they_are_spoken() -> None:
    """Interim ones during the turn, the final ones once it is over; the sound goes out once."""
    api = Api()
    out = hear(api, START, *turn(), interim, end(), final)
    assert finals(out) == [(1, "three rooms")] and next(it.text for it in out if isinstance(it, Transcript)) == "three"
    assert api.sound == len(SOUND) // 2 and api.told == ["Finalize"]
    assert api.query["encoding"] == "mulaw" and api.query["language"] == "en-US"


def test_a_recogniser_that_heard_nothing_is_given_the_utterance() -> None:
    """As a fallback is."""
    api = Api()
    assert finals(hear(api, end(), final)) == [(1, "three rooms")]
    assert api.sound == len(SOUND) // 2


def test_a_dropped_turn_is_forgotten() -> None:
    """Its words are not those of the next turn."""
    api = Api()
    cough = TurnDropped(1, DropReason.SHORT)
    assert finals(hear(api, START, *turn(), interim, cough, *turn(2), end(2), final)) == [(2, "three rooms")]


def test_a_quiet_line_is_kept_alive() -> None:
    """The server closes a stream without sound otherwise."""
    api = Api()
    hear(api, START, lambda _: True, 0.3, keep_alive=0.05)
    assert set(api.told) == {"KeepAlive"}


@pytest.mark.parametrize("changes", [{"key": Secret("wrong")}, {"url": "ws://127.0.0.1:1"}])
def test_a_failure_leaves_the_turn_without_words(changes: dict[str, Any]) -> None:
    """The caller is asked again, and the failure is the provider's."""
    assert finals(hear(Api(), START, *turn(), end(), final, **changes)) == [(1, "")]


def test_a_stream_that_dies_is_opened_anew() -> None:
    """The next turn has its words."""
    api = Api(dies=True)

    def healed(out: Sequence[Frame | Control]) -> bool:
        api.dies = not final(out)
        return not api.dies

    def both(out: Sequence[Frame | Control]) -> bool:
        return len(finals(out)) == 2

    assert finals(hear(api, START, *turn(), end(), healed, *turn(2), end(2), both)) == [(1, ""), (2, "three rooms")]
