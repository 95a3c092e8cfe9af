"""Recognition by Google, against a stand-in that is a real server."""

from __future__ import annotations

import asyncio

import pytest

from pipeline import audio
from pipeline.faults import ConfigError
from pipeline.frames import Transcript, TurnDropped
from pipeline.testing import play_async, voice
from pipeline.tools.standins.google_speech import GoogleSpeech, Script
from tests.alone import alone
from tests.processors.asr.google_caller import calling


@pytest.mark.parametrize("api", ["v1", "v2"])
@alone
async def test_a_turn_is_understood(api):
    """Words come while the caller speaks, the final ones after the turn's end, and the stream is closed."""
    async with GoogleSpeech(Script(say=["שלושה חדרים"])) as server, calling(server, api=api) as caller:
        caller.begin(voice(1.0))
        await server.seen(1, 1.0)
        caller.end()
        assert await caller.outcome() == Transcript(1, "שלושה חדרים", True, "he-IL", pytest.approx(0.92))
        assert [it.text for it in caller.catch.interim][-1:] == ["שלושה חדרים"]
        assert {it.turn for it in caller.catch.interim} == {1}
        await server.closed()
        assert [it.api for it in server.streams] == [api]
