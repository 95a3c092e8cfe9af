from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from pipeline import audio
from pipeline.call import Call
from pipeline.events import VoiceExchange
from pipeline.frames import AgentSpeaking, AudioEnded, AudioOut, Interrupt, ReplyEnded, ReplyText
from pipeline.phone.virtual_line import NoWire
from pipeline.providers.fallback import Request
from pipeline.testing import run, run_virtual
from pipeline.tts import Voice, VoiceSettings
from pipeline.tts.lookahead import JITTER, MOST_SOUND, MOST_TEXT, Lookahead, faded
from pipeline.tts.shared import SharedVoice
from pipeline.tts.speaker import Speaker

END = ReplyEnded(0)


class Slow(Voice):
    """Takes a second for each text, and notes when it was asked, when it was done, and what was cancelled."""

    def __init__(self, seconds: float = 1.0) -> None:
        super().__init__(VoiceSettings(), SharedVoice(None))
        self.seconds, self.open, self.most = seconds, 0, 0
        self.notes: list[Any] = []

    async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
        self.open += 1
        self.most = max(self.most, self.open)
        self.notes.append((text, "asked", self.now))
        try:
            await asyncio.sleep(self.seconds)
            yield audio.tone(0.1 * len(text))
        except asyncio.CancelledError:
            self.notes.append((text, "cancelled", self.now))
            raise
        finally:
            self.open -= 1

    def when(self, what: str) -> dict[str, float]:
        return {text: at for text, noted, at in self.notes if noted == what}


def texts(*words: str) -> list[ReplyText]:
    return [ReplyText(0, word) for word in words]


def test_the_next_sentence_is_made_while_this_one_is() -> None:
    """Two at a time, so that the second is there when the first has been handed over."""
    voice = Slow()
    run(voice, [*texts("one", "two", "three", "four"), END, 5.0])
    assert voice.when("asked") == {"one": 0, "two": 0, "three": 1, "four": 1} and voice.most == 2


def test_a_sentence_that_comes_later_is_begun_at_once() -> None:
    """It does not wait for the one before."""
    voice = Slow()
    run(voice, [*texts("one"), 0.5, *texts("two"), END, 5.0])
    assert voice.when("asked") == {"one": 0, "two": 0.5}


def test_they_are_handed_over_in_order() -> None:
    """Even if the second is done first."""

    class Uneven(Slow):
        async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
            self.seconds = {"first": 2.0, "second": 0.1, "third": 0.1}[text]
            async for pcm in super().synthesize(text):
                yield pcm

    out = run(Uneven(), [*texts("first", "second", "third"), END, 5.0])
    said = [it.text for it in out if isinstance(it, AudioOut) and it.last]
    assert said == ["first", "second", "third"] and out[-1] == AudioEnded(0)


def test_an_interruption_cancels_them_together() -> None:
    """And the third is never begun."""
    voice = Slow()
    run(voice, [*texts("one", "two", "three"), END, 0.5, AgentSpeaking(True), Interrupt(0, "", 0.0), 5.0])
    assert voice.when("cancelled") == {"one": 0.5, "two": 0.5} and "three" not in voice.when("asked")
    assert voice.open == 0


def test_what_was_said_before_is_there_at_once() -> None:
    """A repeated sentence costs no synthesis."""
    voice = Slow()
    out = run(voice, [*texts("again"), END, 2.0, *texts("again"), END, 0.01])
    assert [text for text, what, _ in voice.notes if what == "asked"] == ["again"]
    assert sum(isinstance(it, AudioEnded) for it in out) == 2


# ---- slower than it plays ------------------------------------------------------------------------------------------


def noted(make: Callable[..., Any]) -> Callable[..., Any]:
    call = Call("CA1", NoWire(), asyncio.get_running_loop())
    return lambda text: Request(call, VoiceExchange, text, 1, make(text))


def heard(*pieces: tuple[float, bytes]) -> tuple[list[tuple[float, bytes]], list[float]]:
    """What is handed over of one sentence, each piece with its time; its sound is made in (seconds, pcm) steps."""
    underruns = []

    async def make(text: str) -> AsyncGenerator[Any, None]:
        for seconds, pcm in pieces:
            await asyncio.sleep(seconds)
            yield pcm

    async def main() -> list[tuple[float, bytes]]:
        loop = asyncio.get_running_loop()
        reply = Lookahead(loop, noted(make), loop.create_task, lambda: underruns.append(loop.time()))
        reply.add("words")
        reply.end()
        return [(round(loop.time(), 6), pcm) async for _, pcm in reply.sound() if pcm]

    return run_virtual(main()), underruns


def test_a_sentence_begins_when_200_ms_of_it_are_there() -> None:
    """Or all of it."""
    tone = audio.tone(1.0)
    handed, _ = heard(*[(0.05, tone[at : at + 1600]) for at in range(0, len(tone), 1600)])
    assert handed[0][0] == 0.1 and b"".join(pcm for _, pcm in handed) == tone
    assert heard((0.3, tone[:640])) == ([(0.3, tone[:640])], [])


def test_sound_that_runs_out_fades_and_returns_softly() -> None:
    """It stops at a piece's end, and goes on with 200 ms in hand."""
    tone = audio.tone(0.5)
    handed, underruns = heard((0.0, tone[:4000]), (1.0, tone[4000:5000]), (0.1, tone[5000:]))
    assert underruns == [pytest.approx(0.24)]
    assert [at for at, _ in handed] == [0, pytest.approx(0.24), 1.1]
    assert sum(len(pcm) for _, pcm in handed[:2]) % audio.FRAME_BYTES == 0
    samples = memoryview(b"".join(pcm for _, pcm in handed)).cast("h")
    assert max(abs(samples[i] - samples[i - 1]) for i in range(1, len(samples))) < 2500
    assert sum(len(pcm) for _, pcm in handed) - len(tone) < audio.FRAME_BYTES


def test_fades_are_ten_milliseconds() -> None:
    """The rest is as it was."""
    tone = b"\x10\x20" * JITTER
    assert faded(tone)[:-160] == tone[:-160] and faded(tone)[-2:] == b"\0\0"
    assert faded(tone, rising=True)[160:] == tone[160:] and faded(tone, rising=True)[:2] == b"\0\0"
    assert faded(b"") == b""


def test_what_goes_wrong_in_the_making_is_seen() -> None:
    """A mistake is no silence that nobody notices."""

    async def broken(text: str) -> AsyncGenerator[Any, None]:
        yield audio.tone(0.3)
        raise LookupError(text)

    async def main() -> list[bytes]:
        loop = asyncio.get_running_loop()
        reply, pieces = Lookahead(loop, noted(broken), loop.create_task, lambda: None), []
        reply.add("words")
        reply.end()
        with pytest.raises(LookupError, match="words"):
            async for _, pcm in reply.sound():
                pieces.append(pcm)
        return pieces

    assert b"".join(run_virtual(main())) == audio.tone(0.3)


@pytest.mark.fault("G5")
def test_text_without_an_end_is_left_out() -> None:
    """A reply's text is bounded, as all of it would have to be kept."""
    voice = Slow(0.001)
    run(voice, [*texts(*["la la la la"] * 2000), END, 1.0])
    assert len(voice.when("asked")) == 1 and len(voice.notes) <= MOST_TEXT / 11 + 2
    assert voice.call.refused == {"reply_too_long": 2000 - MOST_TEXT // 11}


@pytest.mark.fault("G5")
def test_a_word_of_a_megabyte_is_cut() -> None:
    """A reply that is one endless word is heard as far as its bound, and not left out."""
    voice = Slow(0.001)
    run(voice, [*texts("la" * 500_000), END, 1.0])
    assert [len(text) for text in voice.when("asked")] == [MOST_TEXT]
    assert voice.call.refused == {"reply_too_long": 1}


def test_a_sentence_without_an_end_is_a_fault() -> None:
    """Also of a speaker that has no bound of its own; the caller hears that something failed."""

    class Endless(Speaker):
        async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
            while True:
                yield bytes(MOST_SOUND // 8)

    speaker = Endless()
    out = run(speaker, [*texts("la"), END, 1.0])
    assert speaker.call.faults == 1 and out[-1] == AudioEnded(0)
