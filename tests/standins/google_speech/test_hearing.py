"""What the stand-in hears: words in tones, and silence."""

from __future__ import annotations

from pipeline import audio
from pipeline.standins.google_speech import GoogleSpeech, Script
from tests.kit.alone import alone
from tests.kit.google_streams import SECOND, results, streaming


@alone
async def test_silence_makes_a_result_final() -> None:
    """A text for each piece of voice, without a half-close; the texts come over and over."""
    async with GoogleSpeech(Script(say=["one", "two"], endpoint=0.5)) as server, streaming(server) as (send, call):
        for _ in range(3):
            await send(SECOND[:4000] + b"\xff" * 4000)
        await call.done_writing()
        assert [text for text, final, _ in await results(call) if final] == ["one", "two", "one"]


@alone
async def test_words_in_tones() -> None:
    """A word is 120 ms of its pitch, loud enough; anything else is none."""
    script = Script(tones={"low": 500.0, "high": 900.0}, interim_every=9)
    sound = b"".join(
        (audio.tone(0.2, 500), audio.tone(0.08, 900), bytes(1600), audio.tone(0.2, 900), audio.tone(0.2, 2000))
    )
    async with GoogleSpeech(script) as server, streaming(server) as (send, call):
        await send(audio.encode(sound))
        await call.done_writing()
        assert (await results(call))[-1][:2] == ("low high", True)


@alone
async def test_silence_is_nothing() -> None:
    """No voice, no result."""
    async with GoogleSpeech() as server, streaming(server) as (send, call):
        await send(b"\xff" * 8000)
        await call.done_writing()
        assert await results(call) == []
