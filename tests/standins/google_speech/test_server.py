"""The stand-in for Google's Speech-to-Text, asked by the real client library."""

from __future__ import annotations

import pytest

from pipeline.standins.google_speech import GoogleSpeech, Script
from tests.kit.alone import alone
from tests.kit.google_streams import SECOND, results, streaming


@pytest.mark.parametrize("api", ["v1", "v2"])
@alone
async def test_words_grow_and_become_final(api: str) -> None:
    """A word more for each 150 ms of voice; after the half-close all of them, as final."""
    async with GoogleSpeech(Script(say=["three rooms please"])) as server, streaming(server, api) as (send, call):
        for begin in range(0, 8000, 800):
            await send(SECOND[begin : begin + 800])
        await call.done_writing()
        grown = ["three", "three rooms", "three rooms please"]
        found = await results(call)
        assert [text for text, _, _ in found] == [*grown, "three rooms please"]
        assert [final for _, final, _ in found] == [False] * 3 + [True]
        assert [end for _, _, end in found] == pytest.approx([0.2, 0.3, 0.5, 1.0])


@alone
async def test_what_it_keeps() -> None:
    """The config, the sound and its messages, whether the client half-closed, and how many streams are open."""
    async with GoogleSpeech() as server, streaming(server) as (send, call):
        await send(SECOND[:800])
        seen = await server.seen(1, 0.1)
        assert server.open == 1 and seen.api == "v1" and not seen.half_closed
        await call.done_writing()
        await results(call)
        assert (seen.chunks, bytes(seen.audio), seen.half_closed) == ([800], SECOND[:800], True)
        assert seen.config.config.language_code == "iw-IL" and not seen.audio_in_first
