"""The record of a call: what is kept, and what a bad disk does to it."""

from __future__ import annotations

from binascii import a2b_base64
from pathlib import Path

import msgspec
import pytest

from pipeline import audio
from pipeline.config import RecordSettings, load
from pipeline.events import Understood
from pipeline.records.recorder import QUEUE, Record, Recorder
from tests.kit.peer import sid
from tests.kit.records import LOUD, START, kept, media, names, one


@pytest.mark.fault("C12")
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


@pytest.mark.fault("G5", "H4")
def test_a_disk_that_hangs_costs_a_bounded_queue(settings: RecordSettings, tmp_path: Path) -> None:
    """What finds the queue full is dropped and counted."""
    record = Record(tmp_path, settings, 100.0)
    for _ in range(QUEUE + 5):
        record.message(100.0, "in", b"{}")
    assert (len(record.queue), record.dropped) == (QUEUE, 5)


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        (RecordSettings(), {"audio.wav", "wire.jsonl.gz"}),
        (RecordSettings(audio="wav"), {"audio.wav", "wire.jsonl.gz"}),
        (RecordSettings(audio="none"), {"wire.jsonl.gz"}),
        (RecordSettings(audio="false"), {"wire.jsonl.gz"}),
        (RecordSettings(wire=False), {"audio.wav"}),
        (RecordSettings(audio="none", wire=False), set()),
    ],
)
def test_only_what_is_asked_for_is_kept(tmp_path: Path, only: RecordSettings, wanted: set[str]) -> None:
    """Without `wire` no messages stay on disk, without `audio` no sound, in the messages neither."""
    recorder, record = one(msgspec.structs.replace(only, folder=str(tmp_path)))
    for message in (START, media()):
        record.message(100.0, "in", message)
    record.close(100.1, "stop")
    recorder.close()
    assert names(record.folder) == {"call.json", "events.jsonl", *wanted}
    if only.wire:
        sound = a2b_base64(kept(record.folder, "wire.jsonl")[1]["message"]["media"]["payload"])
        assert sound == {"mulaw": b"", "wav": LOUD, "none": audio.SILENCE}[only.sound]


@pytest.mark.fault("I-9")
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


@pytest.mark.fault("I-3")
def test_a_record_is_redacted_if_its_config_says_so(tmp_path: Path) -> None:
    """In events and messages; by default the record has the words as they were said."""
    for redacts in ("true", "false"):
        (tmp_path / "x.yaml").write_text(f"extends: kav:bench\nredact: {{records: {redacts}}}\n", "utf-8")
        recorder = Recorder(every=0.001)
        record = recorder.open(RecordSettings(folder=str(tmp_path / redacts)), sid(), 100.0, load(tmp_path / "x.yaml"))
        assert record is not None
        record.event(100.0, Understood(1, "4242 4242 4242 4242", 1.0))
        record.message(100.0, "in", b'{"event":"dtmf","dtmf":{"digit":"7"}}')
        record.close(101.0, "stop")
        recorder.close()
        told = kept(record.folder, "events.jsonl")[0]["text"]
        keys = kept(record.folder, "wire.jsonl")[0]["message"]["dtmf"]["digit"]
        assert (told, keys) == (("[card]", "•") if redacts == "true" else ("4242 4242 4242 4242", "7"))


def test_a_second_stream_of_a_call_writes_no_line_into_its_record(tmp_path: Path) -> None:
    """The first one's record is whole, and has one end."""
    settings = RecordSettings(folder=str(tmp_path))
    first, second = (Record(tmp_path / "day" / ("CA" + "1" * 32), settings, 100.0) for _ in range(2))
    first.event(100.1, Understood(1, "one", 0.9))
    assert not first.write()
    second.event(100.2, Understood(1, "two", 0.9))
    second.close(100.3, "full")
    assert second.write() and second.over
    first.close(100.4, "stop")
    assert first.write()
    lines = (first.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 and '"one"' in lines[0] and '"stop"' in lines[1]
