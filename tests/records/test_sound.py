"""A record's sound, both sides of the call in true time."""

from __future__ import annotations

from base64 import b64encode

import numpy as np
import pytest

from pipeline import audio
from pipeline.config import RecordSettings
from pipeline.events import Passed
from pipeline.frames import SpeechStarted, Utterance
from pipeline.records import wav
from pipeline.twilio import messages
from tests.kit.records import LOUD, OUT, START, kept, media, one


def test_the_sound_is_in_true_time(settings: RecordSettings) -> None:
    """What a clear cut off is not heard, pauses stay as long as they were, left is the caller and right the agent."""
    recorder, record = one(settings)
    record.message(100.0, "in", START)
    for number in range(50):
        record.message(100.02 + number / 50, "in", media())
    for number in range(50):
        record.message(103.02 + number / 50, "in", media())
    record.message(102.0, "out", OUT.media(LOUD * 100))
    record.message(102.5, "out", OUT.clear)
    record.close(104.0, "stop")
    recorder.close()
    tracks = wav.read(record.folder / "audio.wav")
    both = np.column_stack([np.frombuffer(audio.decode(it), "<i2") for it in (tracks.caller, tracks.agent)])
    heard = [np.flatnonzero(both[:, side]) / audio.RATE for side in (0, 1)]
    assert heard[0][0] < 0.1
    assert not np.any((heard[0] > 1.1) & (heard[0] < 2.9))
    assert 3.9 < heard[0][-1] < 4.1
    assert heard[1][0] == pytest.approx(2.0, abs=0.01)
    assert heard[1][-1] == pytest.approx(2.5, abs=0.01)


def test_what_the_network_held_back_leaves_no_gap_for_good(settings: RecordSettings) -> None:
    """After a second's delay the rest comes in one burst, and the caller's sound is as long as it was spoken."""
    recorder, record = one(settings)
    record.message(100.0, "in", START)
    for number in range(100):
        body = {"timestamp": str(20 * number), "payload": b64encode(LOUD).decode()}
        record.message(
            max(100.02 + number / 50, 101.0 * (number > 10)), "in", messages.encode({"event": "media", "media": body})
        )
    record.close(102.0, "stop")
    recorder.close()
    tracks = wav.read(record.folder / "audio.wav")
    both = np.column_stack([np.frombuffer(audio.decode(it), "<i2") for it in (tracks.caller, tracks.agent)])
    assert np.flatnonzero(both[:, 0])[-1] / audio.RATE == pytest.approx(2.0, abs=0.03)


def test_a_frame_is_shown_with_the_length_of_its_sound(settings: RecordSettings) -> None:
    """An event has its frame's fields, and seconds instead of sound."""
    recorder, record = one(settings)
    record.event(100.5, Passed(SpeechStarted(1, 0.2, bytes(3200)), "EndOfUtterance"))
    record.event(101.0, Passed(Utterance(1, bytes(16000), 0.2, 1.1, 0.9), "EndOfUtterance"))
    record.close(101.0, "stop")
    recorder.close()
    first, second, _ = kept(record.folder, "events.jsonl")
    assert first == {
        "at": 0.5,
        "no": 0,
        "what": "SpeechStarted",
        "frame": {"turn": 1, "at": 0.2, "pcm": 0.2, "since": 0.0},
        "step": "EndOfUtterance",
    }
    assert second["frame"]["pcm"] == 1.0
