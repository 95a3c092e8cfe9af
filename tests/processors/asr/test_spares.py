"""Recognisers that have to understand a turn of which they heard no frame."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipeline.agent import finish
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.frames import Utterance
from pipeline.standins.google_speech import GoogleSpeech, Script
from pipeline.testing import voice
from processors.asr.google.recognizer import GoogleRecognizer
from tests.kit.alone import alone
from tests.kit.google_caller import Caller


class Broken(Recognizer):
    """Understands nothing."""

    Settings = RecognizerSettings

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Any, None]:
        raise OSError("no network")
        yield


@alone
@pytest.mark.parametrize("stream", ["turn", "call"])
async def test_google_hears_the_utterance_that_another_could_not(stream: Any) -> None:
    """All of its sound in a stream of its own, which is closed when the turn has its words."""
    async with GoogleSpeech(Script(say=["hello", "again"], final_delay=0.05)) as server:
        chosen = GoogleRecognizer.Settings(endpoint=server.target, insecure=True, final_timeout=3.0, stream=stream)
        async with GoogleRecognizer.share(chosen, (), "he-IL") as shared:
            step, spare = Broken(), GoogleRecognizer(chosen, shared)
            step.spares = (spare,)
            caller = Caller(step, "he-IL")
            for text in ("hello", "again"):
                caller.say(voice(1.0))
                assert await caller.text() == text
            assert caller.call.faults == 0 and not spare.turns
            await finish(caller.chain, "done")
            await server.closed()
