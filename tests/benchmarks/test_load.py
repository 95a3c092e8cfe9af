"""The generator's parts: figures, messages, the simulated buffer."""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.load import messages
from benchmarks.load.buffer import Buffer
from benchmarks.load.messages import Sending, parse
from benchmarks.load.outcome import Spread, percentile, spread
from pipeline import audio
from pipeline.twilio import messages as twilio

times = st.floats(0, 1000)


@given(st.lists(times, min_size=1), st.floats(0.01, 1))
def test_percentile_is_the_nearest_rank(values: Any, part: Any) -> None:
    """At least that part of the values does not exceed it, and less than that part is below it."""
    found = percentile(sorted(values), part)
    assert found in values
    assert sum(value <= found for value in values) >= math.floor(part * len(values))
    assert sum(value < found for value in values) < part * len(values) + 1e-6


def test_percentiles_of_a_hundred() -> None:
    """Of 1 to 100, p99 is 99; of nothing there is none."""
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, part) for part in (0.01, 0.5, 0.99, 1)] == [1, 50, 99, 100]
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_spread_is_in_milliseconds() -> None:
    """Seconds go in, in any order; nothing is nothing."""
    assert spread([0.003, 0.001, 0.002]) == Spread(3, 2.0, 3.0, 3.0, 3.0)
    assert spread([]) == Spread()


@given(st.binary(min_size=1, max_size=400))
def test_payloads_are_as_long_as_their_sound(sound: Any) -> None:
    """Whatever their padding; and only 0xFF is silence."""
    payload = b64encode(sound).decode()
    assert messages.seconds(payload) == len(sound) / 8000
    assert messages.is_silence(payload) == (set(sound) == {0xFF})
    assert messages.is_silence(b64encode(b"\xff" * len(sound)).decode())


def test_messages_are_what_twilio_sends() -> None:
    """The server's own parser takes every kind, with numbers that rise by one."""
    sending = Sending(7)
    start = twilio.parse(sending.start()).start
    assert start is not None and start.stream_sid == sending.stream_sid == "MZ" + "7".rjust(32, "0")
    assert twilio.CALL_SID.fullmatch(start.call_sid) and start.media_format.sample_rate == 8000
    frames = [twilio.parse(sending.media(payload)) for payload in messages.speech(0.06)]
    assert [(it.media.chunk, it.media.timestamp) for it in frames] == [("1", "0"), ("2", "20"), ("3", "40")]
    assert twilio.parse(sending.mark("4.1")).mark.name == "4.1"
    assert {twilio.parse(text).event for text in (sending.connected(), sending.stop())} == {"connected", "stop"}
    assert sending.number == 6


def test_every_frame_of_speech_is_loud() -> None:
    """And silence is not, for a threshold of loudness."""
    frames = [twilio.parse(Sending(1).media(payload)).media.payload for payload in messages.speech(1.5)]
    assert len(frames) == 75 and all(len(frame) == 160 and audio.rms(audio.decode(frame)) > 5000 for frame in frames)
    assert audio.rms(audio.decode(twilio.parse(Sending(1).media(messages.SILENCE)).media.payload)) < 210


def test_a_recording_is_speech(tmp_path: Path) -> None:
    """Again and again until it is long enough; another form of sound is refused by name."""
    file = tmp_path / "said.wav"
    audio.write_wav(file, audio.tone(0.05))
    frames = b"".join(map(b64decode, messages.speech(0.12, str(file))))
    assert len(frames) == 960 and frames == (audio.encode(audio.tone(0.05)) * 3)[:960]
    for name, tracks in (("stereo.wav", 2), ("empty.wav", 0)):
        audio.write_wav(tmp_path / name, *[audio.tone(0.05)] * tracks or [b""])
        with pytest.raises(ValueError, match=rf"{name} is not 16-bit mono"):
            messages.speech(0.1, str(tmp_path / name))
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(ValueError, match="not a WAV file"):
        messages.speech(0.1, str(tmp_path / "text.wav"))


def test_what_servers_send_is_read() -> None:
    """Sound, marks, and what the generator does not know."""
    assert parse(b'{"event":"media","streamSid":"MZ","media":{"payload":"/w=="}}').media.payload == "/w=="
    assert parse(b'{"event":"mark","mark":{"name":"1.1"}}').mark.name == "1.1"
    assert parse(b'{"event":"other"}').media is None


@given(st.lists(st.tuples(st.floats(0, 0.2), st.floats(0.001, 0.1)), min_size=1, max_size=40), times)
def test_the_buffer_adds_up(arrivals: Any, begun: Any) -> None:
    """It runs dry when all sound and all silence before it have passed, and no silence is before it was noticed."""
    buffer, now = Buffer(), begun
    buffer.begin(now)
    for wait, sound in arrivals:
        now += wait
        buffer.take(sound, now)
        assert buffer.end >= now
    silence = sum(gap for _, gap in buffer.underruns)
    assert buffer.end == pytest.approx(begun + sum(sound for _, sound in arrivals) + silence)
    assert all(gap > 0 for _, gap in buffer.underruns)


def test_an_underrun_is_a_late_message_in_a_reply() -> None:
    """Of 20 ms pieces, one that comes 30 ms after the last is 10 ms late; a new reply is never late."""
    buffer = Buffer()
    buffer.begin(1.0)
    for at in (1.0, 1.02, 1.05):
        buffer.take(0.02, at)
    assert [(at, round(gap, 6)) for at, gap in buffer.underruns] == [(1.05, 0.01)]
    buffer.begin(5.0)
    buffer.take(0.02, 5.0)
    assert len(buffer.underruns) == 1 and buffer.end == 5.02


def test_marks_come_back_when_they_were_played() -> None:
    """In order, after the sound before them; a clear brings them all back at once."""
    buffer = Buffer()
    buffer.begin(0.0)
    buffer.take(0.1, 0.0)
    buffer.mark("one", 0.0)
    buffer.take(0.1, 0.0)
    buffer.mark("two", 0.0)
    assert buffer.due(0.09) == [] and buffer.due(0.1) == ["one"]
    assert buffer.clear(0.15) == ["two"] and buffer.end == 0.15 and buffer.due(9.0) == []
