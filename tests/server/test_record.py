"""The record of a call: what is kept, and what a bad disk does to it."""

from __future__ import annotations

import wave
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest

from pipeline import audio
from pipeline.config import RecordSettings
from pipeline.events import Passed
from pipeline.frames import SpeechStarted, Utterance
from pipeline.records.recorder import QUEUE, Record, Recorder
from pipeline.twilio import messages
from tests.kit.parrot import config
from tests.kit.peer import call, ring, sid
from tests.kit.records import LOUD, OUT, START, kept, media, names, one, only_folder
from tests.kit.serving import Serve


@pytest.fixture
def settings(tmp_path: Path) -> RecordSettings:
    return RecordSettings(folder=str(tmp_path))


async def test_a_call_is_recorded_whole(serve: Serve, tmp_path: Path) -> None:
    """Both ways of the wire, the events and the sound of a real call are on disk when the server has stopped."""
    async with serve(config(folder=tmp_path)) as (server, session), call(server, session) as peer:
        await peer.talks(2)
        await peer.press("2")
        await peer.say("stop")
        await peer.closed()
    folder = only_folder(tmp_path)
    messages = kept(folder, "wire.jsonl")
    assert [(it["way"], it["message"]["event"]) for it in messages] == [
        ("in", "start"),
        *[("in", "media"), ("out", "media")] * 2,
        ("in", "dtmf"),
        ("in", "stop"),
    ]
    assert all(0 <= it["at"] < 10 for it in messages)
    events = kept(folder, "events.jsonl")
    assert [it["what"] for it in events] == ["CallStarted", "Dtmf", "fault", "CallEnded", "state", "ended"]
    assert events[-1]["cause"] == "stop"
    with wave.open(str(folder / "audio.wav")) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, 8000)


async def test_a_call_without_a_stream_has_its_cause_recorded(serve: Serve, tmp_path: Path) -> None:
    """A call that rang and never streamed leaves one line that says why it ended."""
    async with serve(config(folder=tmp_path)) as (server, session):
        await ring(server, session, sid())
    folder = only_folder(tmp_path)
    assert names(folder) == {"call.json", "config.yaml", "events.jsonl"}
    assert kept(folder, "events.jsonl")[0]["cause"] == "shutdown"


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
    with wave.open(str(record.folder / "audio.wav")) as sound:
        both = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
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
    with wave.open(str(record.folder / "audio.wav")) as sound:
        both = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
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
        "frame": {"turn": 1, "at": 0.2, "pcm": 0.2},
        "step": "EndOfUtterance",
    }
    assert second["frame"]["pcm"] == 1.0


@pytest.mark.parametrize("junk", [b"\xff\xfe", b"no json", b'{"a":\n1}', b"[" * 5000, b'"\\ud800"', b"", b"1\n2"])
def test_junk_is_kept_as_one_line(settings: RecordSettings, junk: bytes) -> None:
    """Whatever a peer sends, the record stays one JSON object a line, and can be rendered."""
    recorder, record = one(settings)
    record.message(100.0, "in", junk)
    record.message(100.1, "in", b'{"event":"mark","mark":{"name":"x"}}')
    record.close(100.2, "refused")
    recorder.close()
    assert [it["at"] for it in kept(record.folder, "wire.jsonl")] == [0.0, 0.1]
    assert (record.folder / "audio.wav").exists()


def test_a_record_has_a_longest_length(settings: RecordSettings, tmp_path: Path) -> None:
    """After `max_minutes` nothing is kept but the end, which says that the record was cut."""
    recorder, record = one(RecordSettings(folder=str(tmp_path), max_minutes=1))
    for minute in range(3):
        record.message(100.0 + 59 * minute, "in", media())
    record.close(300.0, "stop")
    recorder.close()
    assert len(kept(record.folder, "wire.jsonl")) == 2
    assert kept(record.folder, "events.jsonl")[-1]["cut"] is True


def test_a_disk_that_hangs_costs_a_bounded_queue(settings: RecordSettings, tmp_path: Path) -> None:
    """What finds the queue full is dropped and counted."""
    record = Record(tmp_path, settings, 100.0)
    for _ in range(QUEUE + 5):
        record.message(100.0, "in", b"{}")
    assert (len(record.queue), record.dropped) == (QUEUE, 5)


@pytest.mark.parametrize("only", [{"audio": False}, {"wire": False}, {"audio": False, "wire": False}])
def test_only_what_is_asked_for_is_kept(tmp_path: Path, only: dict[str, bool]) -> None:
    """Without `wire` no messages stay on disk, without `audio` no sound is made."""
    recorder, record = one(RecordSettings(folder=str(tmp_path), **only))
    record.message(100.0, "in", START)
    record.close(100.1, "stop")
    recorder.close()
    wanted = {"audio.wav": only.get("audio", True), "wire.jsonl": only.get("wire", True)}
    assert names(record.folder) == {"call.json", "events.jsonl", *(name for name, there in wanted.items() if there)}


def test_a_full_disk_stops_the_record_and_is_said_once(settings: RecordSettings, lines: list[str]) -> None:
    """When the disk takes no more, the record ends, with one line in the log."""
    folder = Path(settings.folder) / sid()
    folder.mkdir()
    (folder / "wire.jsonl").symlink_to("/dev/full")
    record = Record(folder, settings, 100.0)
    for _ in range(1000):
        record.message(100.0, "in", media())
    record.write()
    record.message(100.1, "in", media())
    record.close(100.1, "stop")
    record.write()
    assert [line for line in lines if "RECORD" in line] == [f"RECORD of {sid()} stopped: No space left on device"]


async def test_a_folder_that_cannot_be_written_does_not_harm_the_call(
    serve: Serve, tmp_path: Path, lines: list[str]
) -> None:
    """A call whose record fails goes on as if it had none."""
    (tmp_path / "file").write_text("not a folder")
    async with serve(config(folder=tmp_path / "file")) as (server, session), call(server, session) as peer:
        await peer.talks(2)
    assert len([line for line in lines if "RECORD" in line]) == 1


@pytest.mark.parametrize("name", ["../../x", "CA1", "", f"{sid()}\n", f"/{sid()}"])
def test_a_name_that_is_no_call_sid_makes_no_folder(settings: RecordSettings, name: str) -> None:
    """Only a CallSid becomes part of a path."""
    recorder = Recorder()
    assert recorder.open(settings, name, 0.0) is None
    recorder.close()


def test_nothing_is_recorded_unless_it_is_asked_for() -> None:
    """Without a folder there is no record, and no thread."""
    recorder = Recorder()
    assert recorder.open(RecordSettings(), sid(), 0.0) is None
    recorder.close()
