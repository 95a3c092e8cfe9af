"""The order in which a reply's texts are spoken, sound that is made ahead, and a voice that fails."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipeline import audio
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    Interrupt,
    ReplyAhead,
    SpeechStarted,
    TurnDropped,
)
from pipeline.testing import run
from pipeline.tts import Voice, VoiceSettings
from pipeline.tts.shared import TOO_SHORT, SharedVoice
from pipeline.vocabulary import DropReason
from processors.tts.tone import ToneVoice
from tests.kit.voices import END, GOOD, Faulty, sound, spoken, text, tone


def test_what_was_spoken_before_is_there_at_once() -> None:
    """Before the loop turns, however long synthesis takes."""
    shared = SharedVoice(None)
    shared.prerendered["one"] = audio.tone(1.0)
    shared.cache.put("two", audio.tone(2.0))
    assert spoken(run(tone(shared, delay=0.5), [text("one")])) == {"one": 1.0}
    assert spoken(run(tone(shared, delay=0.5), [text("two")])) == {"two": 2.0}


def test_sound_begins_before_the_reply_has_ended() -> None:
    """The first sentence is spoken while the model makes the second."""
    assert spoken(run(tone(), [text("one"), 1.0])) == {"one": pytest.approx(0.18)}


def test_an_interruption_ends_the_speech() -> None:
    """And what was still to be spoken; the next reply begins anew."""
    reply = [text("one"), text("two"), text("three"), END]
    inputs: list[Any] = [*reply, 0.6, AgentSpeaking(True), Interrupt(0, "", 0.1), 5.0, text("new"), END, 0.6]
    assert list(spoken(run(tone(delay=0.5), inputs))) == ["one", "two", "new"]


def test_speech_ends_what_is_not_audible_yet() -> None:
    """The reply in the making is void; one that is audible waits for the interruption."""
    reply = [text("one"), text("two"), END]
    assert list(spoken(run(tone(delay=0.5), [*reply, 0.1, SpeechStarted(0, 0.0), 5.0]))) == []
    audible: list[Any] = [*reply, 0.6, AgentSpeaking(True), SpeechStarted(0, 0.0), 5.0]
    assert list(spoken(run(tone(delay=0.5), audible))) == ["one", "two"]


def test_what_was_spoken_is_logged(log: list[str]) -> None:
    """`tts_done`, with the seconds of sound."""
    run(tone(), [text("four"), END, 1.0])
    assert log == ["tts_done turn=0 seconds=0.24"]


def faulty(fallback: list[Faulty] | tuple[Any, ...] = (), clip: bytes = b"", **changed: Any) -> Faulty:
    voice = Faulty(Faulty.Settings(**changed), SharedVoice(None, clip=clip))
    voice.spares = tuple(fallback)
    return voice


@pytest.mark.parametrize("quietly", [False, True], ids=["fails", "gives nothing"])
def test_what_fails_once_is_tried_again(quietly: bool) -> None:
    """A retry is what helps most often."""
    voice = faulty(fails=1, quietly=quietly)
    assert sound(voice) == GOOD
    assert voice.call.faults == (0 if quietly else 1)


@pytest.mark.parametrize("gives", [2, TOO_SHORT - 2])
def test_under_400_bytes_is_nothing(gives: int) -> None:
    """Less than 25 ms is no speech; none of it is sent."""
    assert sound(faulty(fails=1, gives=gives, quietly=True)) == GOOD


def test_400_bytes_are_something() -> None:
    """And are sent, for as few letters."""
    assert sound(faulty(fails=1, gives=TOO_SHORT, quietly=True), "Hi") == b"\2\0" * 200


def test_after_two_failures_the_fallback_voices_speak_in_order() -> None:
    """The first of them that can."""
    spare = faulty(fails=0)
    broken = faulty()
    voice = faulty([broken, spare])
    assert sound(voice) == GOOD
    assert (voice.tries, broken.tries, spare.tries) == (2, 1, 1)


def test_if_no_voice_can_speak_the_clip_is_played() -> None:
    """A sound that is always there."""
    assert sound(faulty([faulty()], clip=b"\3\0" * 1000)) == b"\3\0" * 1000


def test_without_a_clip_it_beeps() -> None:
    """300 ms that say that the line is alive; the reply goes on."""
    voice = faulty(fails=3)
    out = run(voice, [text("one"), text("two"), END, 1.0])
    assert spoken(out) == {"one": 0.3, "two": 0.1}
    assert b"".join(it.pcm for it in out if isinstance(it, AudioOut) and it.text == "one") == audio.beep()


def test_each_failure_is_logged(log: list[str]) -> None:
    """TTS_ERR names the voice."""
    sound(faulty())
    assert [line for line in log if "TTS_ERR no sound" in line] == ["TTS_ERR no sound from Faulty"] * 2


def test_a_voice_that_breaks_off_is_not_begun_again() -> None:
    """The same words are never said twice (F6)."""
    voice = faulty(gives=8000)
    assert sound(voice) == b"\2\0" * 4000
    assert voice.tries == 1 and voice.call.faults == 1


class Hangs(Voice):
    """Gives nothing, and never ends."""

    async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
        await asyncio.sleep(3600)
        yield b""


def test_a_voice_that_hangs_is_given_up() -> None:
    """Silence is as good as a failure: again, and then what stands in for it."""
    out = run(Hangs(VoiceSettings(), SharedVoice(None)), [text("one"), END, 30.0])
    assert spoken(out) == {"one": 0.3} and out[-1] == AudioEnded(0)


class Counting(ToneVoice):
    """Notes what it is asked to speak, and what it has finished."""

    def __init__(self, delay: float = 0.5) -> None:
        super().__init__(ToneVoice.Settings(delay=delay), SharedVoice(None))
        self.asked: list[Any] = []
        self.made: list[Any] = []

    async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
        self.asked.append(text)
        async for pcm in super().synthesize(text):
            yield pcm
        self.made.append(text)


def test_sound_that_was_made_ahead_is_there_at_once() -> None:
    """It is made once, and kept aside until its words come."""
    voice = Counting()
    assert run(voice, [ReplyAhead(0, "four"), 1.0]) == [] and voice.asked == ["four"]
    voice = Counting()
    out = run(voice, [ReplyAhead(0, "four"), 1.0, text("four"), END, 0.01])
    assert spoken(out) == {"four": pytest.approx(0.24)} and voice.asked == ["four"] and out[-1] == AudioEnded(0)


def test_sound_that_is_half_made_is_waited_for() -> None:
    """And the next piece after it."""
    voice = Counting()
    out = run(voice, [ReplyAhead(0, "four"), 0.3, text("four"), text("twelve chars"), END, 0.21])
    assert spoken(out) == {"four": pytest.approx(0.24)} and voice.asked == ["four", "twelve chars"]


@pytest.mark.parametrize(
    "other",
    [
        ReplyAhead(0, "six"),
        text("six"),
        END,
        SpeechStarted(1, 0.0),
        TurnDropped(0, DropReason.COUGH),
        Interrupt(0, "", 0.0),
    ],
    ids=repr,
)
def test_sound_that_nobody_wants_is_not_made_to_its_end(other: ReplyAhead) -> None:
    """Another text, another turn, an interruption."""
    voice = Counting()
    out = run(voice, [ReplyAhead(0, "four"), 0.3, other, 1.0, text("four"), 0.1])
    assert "four" not in spoken(out) and voice.asked.count("four") == 2 and "four" not in voice.made


def test_sound_of_another_turn_is_not_used() -> None:
    """Whatever its words."""
    voice = Counting()
    run(voice, [ReplyAhead(1, "four"), 0.3, text("four"), END, 1.0])
    assert voice.asked == ["four", "four"] and voice.made == ["four"]


class Endless(ToneVoice):
    """Never stops."""

    async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
        while True:
            yield bytes(16000)
            await asyncio.sleep(0.02)


def test_a_voice_without_an_end_is_cut_off() -> None:
    """After more sound than any voice makes of so many letters, a second each and ten more."""
    out = run(Endless(Endless.Settings(), SharedVoice(None)), [text("four"), END, 30.0])
    assert spoken(out) == {"four": pytest.approx(14.0, abs=0.5)}
    assert out[-1] == AudioEnded(0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"OggS" + bytes(range(256)) * 20, "Ogg"),
        (b"<html><body>Bad gateway: the server is not there</body></html>", "HTML"),
        (random.Random(1).randbytes(8000), "noise"),
    ],
    ids=["Ogg", "HTML", "noise"],
)
def test_a_voice_of_any_make_is_listened_to_before_the_caller(content: bytes, said: str, log: list[str]) -> None:
    """A file or a page in the place of samples is a failure with a name, and the fallbacks follow."""

    class Wrong(Voice):
        async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
            for at in range(0, len(content), 320):
                yield content[at : at + 320]

    out = run(Wrong(VoiceSettings(), SharedVoice(None)), [text("Hello."), END, 1.0])
    assert b"".join(it.pcm for it in out if isinstance(it, AudioOut)) == audio.beep()
    assert [line for line in log if line.startswith("TTS_ERR Wrong") and said in line]


def test_a_text_without_end_is_cut(log: list[str]) -> None:
    """Ten thousand characters of it are spoken, and the log says that the rest is not."""
    assert list(spoken(run(tone(), [text("a" * 100_000), END, 900.0]))) == ["a" * 10_000]
    assert any("more than 10000 characters" in line for line in log)


class Told(Voice):
    """Keeps the texts that it is to speak."""

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        self.shared.engine.append(text)
        yield audio.tone(1.0)


def test_no_voice_gets_half_a_surrogate_pair() -> None:
    """Nor a control character; two halves are the character that they make."""
    told: list[str] = []
    run(Told(VoiceSettings(), SharedVoice(told)), [text("\ud800 One\x1b[2J\x9b \ud83d\ude00 two"), END, 5.0])
    assert told == ["\ufffd One [2J  \U0001f600 two"]
