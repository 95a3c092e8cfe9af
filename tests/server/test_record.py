"""The record of a call: what is kept, and what a bad disk does to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import RecordSettings
from pipeline.records import wav
from pipeline.records.recorder import Record
from tests.kit.parrot import config
from tests.kit.peer import call, ring, sid
from tests.kit.records import kept, media, names, only_folder
from tests.kit.serving import Serve


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
    assert wav.read(folder / "audio.wav").is_exact


async def test_the_log_names_the_record_of_a_call(
    serve: Serve, tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the working directory; a call without a record has none in its last line."""
    monkeypatch.chdir(tmp_path)
    for place in (tmp_path / "calls", None):
        async with serve(config(folder=place)) as (server, session), call(server, session) as peer:
            await peer.talks(2)
            await peer.say("stop")
            await peer.closed()
    ends = [line.rpartition("faults=")[2] for line in lines if "CALL_ENDED" in line]
    assert ends == [f"0 record=calls/{only_folder(tmp_path / 'calls').parent.name}/{sid()}", "0"]


async def test_a_call_without_a_stream_has_its_cause_recorded(serve: Serve, tmp_path: Path) -> None:
    """A call that rang and never streamed leaves one line that says why it ended."""
    async with serve(config(folder=tmp_path)) as (server, session):
        await ring(server, session, sid())
    folder = only_folder(tmp_path)
    assert names(folder) == {"call.json", "config.yaml", "events.jsonl"}
    assert kept(folder, "events.jsonl")[0]["cause"] == "shutdown"


@pytest.mark.fault("H4")
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
    said = f"RECORD of {sid()} stopped: No space left on device, {settings.folder}"
    assert [line for line in lines if "RECORD" in line] == [said]


@pytest.mark.fault("A12", "H4", "H5")
async def test_a_folder_that_cannot_be_written_does_not_harm_the_call(
    serve: Serve, tmp_path: Path, lines: list[str]
) -> None:
    """A call whose record fails goes on as if it had none."""
    (tmp_path / "file").write_text("not a folder")
    async with serve(config(folder=tmp_path / "file")) as (server, session), call(server, session) as peer:
        await peer.talks(2)
    assert len([line for line in lines if "RECORD" in line]) == 1
