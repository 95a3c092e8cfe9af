"""The verdict on a call from the sound of its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import audio
from pipeline.phone.result import CallResult
from pipeline.tools.call.verdict import Verdict, is_beep, unspoken

WORDS = audio.read_wav(Path("configs/demo/rooms.wav"))


def result(sound: bytes, *clears: tuple[float, float]) -> CallResult:
    """A call of five seconds with one reply, from its second second on."""
    track = (bytes(2 * audio.RATE) + sound).ljust(10 * audio.RATE, b"\0")
    return CallResult(
        call_sid="CA1", stream_sid="MZ1", started=10.0, ended=15.0, replies=(11.0,), clears=clears, agent_track=track
    )


@pytest.mark.parametrize(
    "sound, said",
    [
        (WORDS, []),
        (audio.tone(2.0), []),
        (bytes(9000), ["reply 1 of 1 was silence"]),
        (audio.beep(), ["reply 1 of 1 was only a beep"]),
        (audio.tone(0.3, 440.0), ["reply 1 of 1 was only a beep"]),
        (audio.beep() + bytes(8000) + WORDS, []),
    ],
)
def test_a_reply_without_speech_is_a_failure(sound: bytes, said: list[str]) -> None:
    """A beep stands for speech that could not be made; silence is nothing at all."""
    assert unspoken(result(sound)) == Verdict().failed(result(sound)) == said


def test_a_reply_that_was_interrupted_early_is_none() -> None:
    """Its first word had not come."""
    assert unspoken(result(bytes(2000), (11.2, 0.8))) == []


def test_a_short_word_is_no_beep() -> None:
    """Speech has more than one frequency."""
    loud = audio.read_wav(Path("configs/demo/city.wav"))
    pieces = [loud[at : at + 4800] for at in range(0, len(loud) - 4800, 2400)]
    assert not [piece for piece in pieces if is_beep(piece)]
