"""The battery's telephone: its echo, its words, and its ears."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.turns import figures, sounds
from benchmarks.turns.book import Book, words
from benchmarks.turns.clips import Clip, Entry
from benchmarks.turns.ears import Ears
from benchmarks.turns.echo import Echo, EchoPath, coded
from benchmarks.turns.line import PhoneLine
from pipeline import audio
from pipeline.loop.virtual import VirtualLoop
from tests.kit.turn_sets import quiet, rising, tone

SID = "CA" + "0" * 32


@pytest.fixture
def line() -> Iterator[PhoneLine]:
    """Yield a line whose echo is 20 dB down and 250 ms late; nothing is at its other end."""
    loop = VirtualLoop()
    yield PhoneLine(loop, SID, ["reply"], np.zeros(audio.FRAME_SAMPLES, np.float32), Echo(20, 0.25))
    loop.close()


def say(line: PhoneLine, ulaw: bytes) -> None:
    """Let the agent send this sound."""
    body = {"event": "media", "streamSid": line.stream_sid, "media": {"payload": base64.b64encode(ulaw).decode()}}
    line.send(json.dumps(body).encode())


def heard(line: PhoneLine, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the caller's side of so many seconds, from the start on."""
    line.script = iter(lambda: None, 1)  # type: ignore[assignment]
    frames = [line.sound(number * audio.FRAME_SECONDS) for number in range(round(seconds / audio.FRAME_SECONDS))]
    return np.frombuffer(audio.decode(b"".join(frames)), "<i2")


def test_an_echo_is_the_agents_sound_later_and_weaker(line: PhoneLine) -> None:
    """What the agent sends comes back at the time at which it plays, 250 ms later and at a tenth."""
    say(line, tone(0.2, 400.0))
    say(line, tone(0.2, 700.0))
    back = heard(line, 0.8).astype(float)
    assert not back[:1990].any() and not back[2000 + 3200 + 10 :].any()
    sent = np.frombuffer(audio.decode(tone(0.2, 400.0) + tone(0.2, 700.0)), "<i2")
    assert np.abs(back[2000:5200] - sent / 10).max() < 16  # mu-law's steps


def test_sound_that_was_cleared_does_not_echo(line: PhoneLine) -> None:
    """A `clear` takes from the echo that which the caller did not hear."""
    say(line, tone(0.4, 400.0))
    line.send(json.dumps({"event": "clear", "streamSid": line.stream_sid}).encode())
    assert not heard(line, 0.8).any()


@pytest.mark.parametrize("through", ["room", "codec", "clipping"])
def test_a_path_changes_the_sound_and_not_its_loudness(through: str) -> None:
    """Through a room, a codec or an overdriven stage the echo is another sound, within 3 dB as loud."""
    voice = sounds.at_level(sounds.shaped(sounds.generator("voice"), 1.0, 300, 3400, 6.0), -26.0)
    plain, path = (EchoPath(Echo(0, 0.08, way), "seed") for way in ("", through))
    whole = [np.concatenate([it.frame(voice, at) for at in range(0, 6400, 160)]) for it in (plain, path)]
    assert abs(sounds.level(whole[0]) - sounds.level(whole[1])) < 3
    assert abs(float(np.corrcoef(whole[0], whole[1])[0, 1])) < 0.99


def test_a_coarse_codec_keeps_the_tone() -> None:
    """Twice through it, a tone's strongest pitch is the same."""
    frame = np.frombuffer(audio.tone(0.02, 500.0), "<i2").astype(np.float32)
    spectra = [np.abs(np.fft.rfft(each * np.hanning(160))) for each in (frame, coded(coded(frame)))]
    assert spectra[0].argmax() == spectra[1].argmax()


def test_words_are_spread_over_the_speech_and_none_is_in_a_pause() -> None:
    """By their letters, from the first sound to the end, and in order."""
    sound = quiet(0.1) + tone(1.0, 300.0) + quiet(1.0) + tone(0.5, 300.0)
    entry = Entry(0, len(sound), text="one, two three!", end=2.6, holds=((1.1, 2.1),))
    found = words(Clip("turns", 0, entry, sound))
    assert [word.text for word in found] == ["one", "two", "three"]
    assert found[0].begin == pytest.approx(0.1, abs=0.02) and found[-1].end == pytest.approx(2.6)
    assert found[1].end < 1.1 and found[2].begin < 1.1 < 2.1 < found[2].end
    assert all(one.end <= other.begin + 1e-9 for one, other in pairwise(found))


def test_the_rest_of_a_sentence_has_the_end_of_its_sound() -> None:
    """An interrupted sentence that goes on sounds as its end does; other texts never sound like a sentence."""
    sound = rising(3.0, 300.0)
    book = Book([Clip("agent", 0, Entry(0, len(sound), text="one two three four"), sound)])
    whole = book.sound(book.long[0])
    rest = book.sound(" ".join(book.long[0].split()[3:]))
    assert whole.endswith(rest) and 0.3 < len(rest) / len(whole) < 0.8
    assert book.sound(book.short[0]) == whole[: round(1.2 * audio.RATE)]
    assert book.sound("Sorry, I did not catch that.") not in whole


def test_the_ears_know_a_pause_a_stop_and_a_whole_reply(line: PhoneLine) -> None:
    """A reply that was paused is whole; one that was cleared is not, and the clear is a stop."""

    async def spoken() -> Ears:
        first, second = rising(1.0, 300.0), rising(1.0, 500.0)
        for at in range(0, 16000, 160):
            say(line, (first + second)[at : at + 160])
            await asyncio.sleep(0.3 if at == 3200 else 0.02)  # a pause after 0.42 s
            if at == 12000:
                break
        line.send(json.dumps({"event": "clear", "streamSid": line.stream_sid}).encode())
        return Ears(line)

    ears = line.loop.run_until_complete(spoken())
    assert ears.pause(0.0, 5.0) == pytest.approx(0.28) and ears.pause(1.0, 5.0) == 0.0
    assert ears.share([rising(1.0, 300.0)]) == 1.0 and ears.share([rising(1.0, 500.0)]) == 0.0
    assert ears.stops(0.0) == 1 and ears.stops(5.0) == 0
    assert ears.finished([rising(1.0, 300.0)]) == pytest.approx(1.28, abs=0.01)
    assert ears.finished([rising(1.0, 500.0)]) == math.inf
    assert ears.onset(0.5) == pytest.approx(0.7) and ears.silent(0.0, 9.0) == pytest.approx(1.8, abs=0.02)


def test_a_curve_is_read_between_its_points_and_never_outside() -> None:
    """The cut at a delay, and the delay at a cut."""
    points = [(0.3, 50.0), (0.6, 20.0), (1.2, 8.0)]
    assert figures.at_delay(points, 0.45) == pytest.approx(35.0)
    assert figures.at_cut(points, 14.0) == pytest.approx(0.9)
    assert figures.at_cut(points, 5.0) is None and figures.at_delay(points, 2.0) is None
    assert figures.at_delay([], 0.5) is None


def test_a_noise_has_its_loudness_and_a_key_its_two_tones() -> None:
    """Noises are seeded, and as loud as they are asked to be; a key is the sum of two tones."""
    for kind in (sounds.white, sounds.road):
        assert np.array_equal(kind(2.0, 1), kind(2.0, 1)) and not np.array_equal(kind(2.0, 1), kind(2.0, 2))
        assert sounds.level(sounds.at_level(kind(2.0, 1), -36.0)) == pytest.approx(-36.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(sounds.key_tone("5", 1.0)))
    assert sorted(spectrum.argsort()[-2:].tolist()) == [770, 1336]
