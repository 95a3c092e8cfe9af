"""Recognition by Google, against a stand-in that is a real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.config import Config
from pipeline.frames import Transcript
from pipeline.standins.google_speech import GoogleSpeech, Script
from pipeline.testing import play_async, voice
from tests.kit.alone import alone
from tests.kit.google_caller import calling


@pytest.mark.parametrize("api", ["v1", "v2"])
@alone
async def test_a_turn_is_understood(api: str) -> None:
    """Words come while the caller speaks, the final ones after the turn's end, and the stream is closed."""
    async with GoogleSpeech(Script(say=["שלושה חדרים"])) as server, calling(server, api=api) as caller:
        caller.begin(voice(1.0))
        await server.seen(1, 1.0)
        caller.end()
        assert await caller.outcome() == Transcript(1, "שלושה חדרים", True, "he-IL", pytest.approx(0.92))  # type: ignore[arg-type]
        assert [it.text for it in caller.catch.interim][-1:] == ["שלושה חדרים"]
        assert {it.turn for it in caller.catch.interim} == {1}
        await server.closed()
        assert [it.api for it in server.streams] == [api]


@alone
async def test_a_call_that_ends_closes_what_is_open() -> None:
    """In the middle of a turn, and while its words are waited for."""
    async with GoogleSpeech(Script(final_delay=3600)) as server:
        for do in ("begin", "say"):
            async with calling(server) as caller:
                getattr(caller, do)(voice(1.0))
                await server.seen(len(server.streams) or 1, 0.5)
        assert server.open == 0


@alone
async def test_in_a_whole_chain(agent: Callable[..., Config]) -> None:
    """Sound becomes words between a real end of utterance and a model."""
    async with GoogleSpeech(Script(say=["good evening"])) as server:
        step = {"asr.google": {"endpoint": server.target, "insecure": True}}
        played = await play_async(agent(swap={"asr": step}), [(0.4, voice(1.0))], 3.0)
        assert [frame.text for _, frame in played.frames(Transcript) if frame.final] == ["good evening"]
        assert played.said() == ["Good morning."]
        await server.closed()


@pytest.mark.usefixtures("dead_proxy")
@alone
async def test_no_proxy_leads_to_a_stand_in() -> None:
    """gRPC would go by the environment's."""
    async with GoogleSpeech(Script(say=["one"])) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == "one"
