"""The record of a call whose process was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import RecordSettings
from pipeline.events import StateChanged
from pipeline.records.files import read_about
from pipeline.records.mending import mend, mend_lost
from pipeline.records.recorder import Recorder
from pipeline.vocabulary import State
from tests.kit.peer import sid
from tests.kit.records import START, kept, media, names, one, only_folder


@pytest.fixture
def settings(tmp_path: Path) -> RecordSettings:
    return RecordSettings(folder=str(tmp_path))


@pytest.mark.fault("G11")
@pytest.mark.parametrize("torn", ["", '{"at": 2.0, "wh'])
def test_a_record_whose_process_was_lost_is_ended(settings: RecordSettings, tmp_path: Path, torn: str) -> None:
    """A line that was not written to its end is cut, the cause is noted at the last one's time, the sound is made."""
    recorder, record = one(settings, every=3600.0)  # only `write` writes: its thread could be in the middle of it
    record.message(100.02, "in", START)
    record.message(100.5, "in", media())
    record.event(101.0, StateChanged(State.THINKING, State.LISTENING))
    record.write()
    folder = only_folder(tmp_path)
    for name in ("wire.jsonl", "events.jsonl"):
        with (folder / name).open("a") as file:
            file.write(torn)
    mend(settings, sid(), "worker_lost")
    ended = {"at": 1.0, "no": 3, "what": "ended", "cause": "worker_lost", "dropped": 0, "cut": True}
    assert kept(folder, "events.jsonl")[-1] == ended
    assert len(kept(folder, "wire.jsonl")) == 2 and "audio.wav" in names(folder)
    record.close(102.0, "stop")  # its files and its thread would outlive the test
    recorder.close()


def test_what_was_not_recorded_is_not_mended(settings: RecordSettings, tmp_path: Path) -> None:
    """No folder comes of it, also for a name that is no CallSid."""
    for name in (sid(), "../x"):
        mend(settings, name, "worker_lost")
    mend(RecordSettings(), sid(), "worker_lost")
    assert not list(tmp_path.iterdir())


@pytest.mark.fault("G11")
def test_the_records_of_a_lost_process_are_ended_at_the_next_start(settings: RecordSettings, tmp_path: Path) -> None:
    """Those of a process that lives are left alone, and those that have an end; the second time nothing is left."""
    lost, alive = ("CA" + each * 32 for each in "12")
    recorder = Recorder(every=3600.0)
    for name in (lost, alive):
        record = recorder.open(settings, name, 100.0)
        assert record is not None
        record.message(100.02, "in", START)
        record.event(100.5, StateChanged(State.THINKING, State.LISTENING))
        record.write()
        if name == lost:
            for file in record._files.values():
                file.close()  # as the end of a process does
    assert mend_lost([settings, settings], "worker_lost") == 1
    [day] = tmp_path.iterdir()
    assert read_about(day / alive).summary is None
    summary = read_about(day / lost).summary
    assert summary is not None and (summary.cause, summary.cut) == ("worker_lost", True)
    assert mend_lost([settings], "worker_lost") == 0
    recorder.close()


@pytest.mark.parametrize("audio", ["none", "false"])
def test_a_call_kept_without_its_sound_or_messages_stays_so(
    settings: RecordSettings, tmp_path: Path, audio: str
) -> None:
    """Its own config counts, not that of today."""
    recorder, record = one(settings, every=3600.0)
    record.message(100.02, "in", START)
    record.message(100.5, "in", media())
    record.event(101.0, StateChanged(State.THINKING, State.LISTENING))
    record.write()
    folder = only_folder(tmp_path)
    (folder / "config.yaml").write_text(f"record:\n  folder: calls\n  audio: {audio}\n  wire: false\n")
    mend(settings, sid(), "worker_lost")
    assert names(folder) == {"call.json", "config.yaml", "events.jsonl"}
    record.close(102.0, "stop")
    recorder.close()


@pytest.mark.parametrize("broken", ["record: [", "record: none", "name: x", "- x"])
def test_a_config_that_cannot_be_read_does_not_count(settings: RecordSettings, tmp_path: Path, broken: str) -> None:
    """The record is completed by the settings of today."""
    recorder, record = one(settings, every=3600.0)
    record.message(100.02, "in", START)
    record.event(101.0, StateChanged(State.THINKING, State.LISTENING))
    record.write()
    folder = only_folder(tmp_path)
    (folder / "config.yaml").write_text(broken)
    mend(settings, sid(), "worker_lost")
    assert "audio.wav" in names(folder)
    record.close(102.0, "stop")
    recorder.close()
