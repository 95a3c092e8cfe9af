"""The record of a call: what is kept, and what a bad disk does to it."""

from __future__ import annotations

import gzip
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import RecordSettings
from pipeline.events import Passed
from pipeline.frames import CallStarted, Collect, Transcript
from pipeline.log.setup import messages
from pipeline.processor import Processor, on
from pipeline.records import wav
from pipeline.records.line_file import Lines, is_written
from pipeline.records.reader import events
from pipeline.records.recorder import Record
from processors.keys import KeyEntries
from tests.kit.parrot import config
from tests.kit.peer import call, ring, sid
from tests.kit.records import kept, media, names, one, only_folder
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
def test_a_full_disk_is_said_once_and_the_record_ends_with_its_call(settings: RecordSettings, lines: list[str]) -> None:
    """When the disk takes no more, entries wait; a record that is over gives up at the server's end."""
    folder = Path(settings.folder) / sid()
    folder.mkdir()
    (folder / "wire.jsonl").symlink_to("/dev/full")
    record = Record(folder, settings, 100.0)
    for _ in range(1000):
        record.message(100.0, "in", media())
    assert not record.write()
    record.message(100.1, "in", media())
    record.close(100.1, "stop")
    assert not record.write() and record.failed and record.write(last=True)
    said = [
        f"RECORD of {sid()} {what}: No space left on device, {settings.folder}"
        for what in ("waits for the disk", "stopped")
    ]
    assert [line for line in lines if "RECORD" in line] == said


@pytest.mark.fault("H4")
def test_a_record_goes_on_when_the_disk_has_room_again(settings: RecordSettings, lines: list[str]) -> None:
    """No entry is missing, and none is there twice: a record that could not even begin is whole in the end."""
    folder = Path(settings.folder, "day", sid())
    folder.parent.write_text("in the way")
    record = Record(folder, settings, 100.0)
    for number in range(2000):
        record.message(100.0 + number / 50, "in", media())
        if number % 500 == 250:
            assert not record.write() and record.failed
    folder.parent.unlink()
    record.close(141.0, "stop")
    assert record.write() and not record.failed
    found, _ = events(folder)
    assert found[-1].no == 2000 and found[-1].content == {"cause": "stop", "dropped": 0, "cut": False}
    assert lines[-1] == f"RECORD of {sid()} goes on: 0 entries are missing"


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_FSIZE")
def test_a_line_that_the_disk_took_in_part_is_taken_back(settings: RecordSettings) -> None:
    """The file ends with a whole line while it cannot grow, and goes on with the next when it can."""
    path = Path(settings.folder) / "lines"
    lines = Lines(path)
    lines.add(b"a" * 600)
    lines.write()
    lines.add(b"b" * 600)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(OSError, match="too large"):
            lines.write()
        assert path.read_bytes() == b"a" * 600 + b"\n" and is_written(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    lines.write()
    lines.close()
    assert path.read_bytes() == b"a" * 600 + b"\n" + b"b" * 600 + b"\n" and not is_written(path)


ODD = ["\ud83d", "\x00\x85\x9b", "\u2028\u2029\u202e", "w" * 1_000_000, {"deep": object()}, 10**400, {1: {2}}]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_an_odd_value_costs_no_other_record(settings: RecordSettings, odd: Any) -> None:
    """Each entry is a line that can be read, and another call is recorded whole."""
    recorder, record = one(settings, every=3600.0)
    other = recorder.open(settings, "CA" + "9" * 32, 100.0)
    assert other is not None
    for each in (record, other):
        each.event(100.5, Passed(Transcript(1, odd if each is record else "words"), "Asr"))
        each.event(100.6, Passed(Transcript(2, "after"), "Asr"))
        each.close(101.0, "stop")
    recorder.close()
    for each in (record, other):
        found, torn = events(each.folder)
        assert not torn and [it.no for it in found] == [0, 1, 2] and found[1].frame["text"] == "after"


@pytest.mark.fault("A12", "H4", "H5")
async def test_a_folder_that_cannot_be_written_does_not_harm_the_call(
    serve: Serve, tmp_path: Path, lines: list[str]
) -> None:
    """A call whose record fails goes on as if it had none; it is told of at its start and at its end."""
    (tmp_path / "file").write_text("not a folder")
    async with serve(config(folder=tmp_path / "file")) as (server, session), call(server, session) as peer:
        await peer.talks(2)
    assert len([line for line in lines if "RECORD" in line]) == 2


class Asks(Processor):
    """Asks for a secret of four keys as the call begins."""

    gives = (Collect,)

    @on(CallStarted)
    def ask(self, frame: CallStarted) -> None:
        self.raise_up(Collect(4, secret=True, name="pin"))


async def test_a_secret_entry_is_in_no_output_of_a_server(serve: Serve, tmp_path: Path) -> None:
    """Neither in its record nor in its metrics, its log, and what is listened to; nor is the sound of its keys."""
    heard: list[bytes] = []
    with messages("TRACE") as log:
        async with serve(config(KeyEntries, Asks, folder=tmp_path)) as (server, session), call(server, session) as peer:
            held: Any = server.registry.entries[peer.call_sid].call
            held.wire.listens(lambda now, way, data: heard.append(data))
            for key in "9876":
                await peer.press(key)
            await peer.talks(2)
            text = await (await session.get(f"{server.admin_url}/metrics")).text()
            await peer.say("stop")
            await peer.closed()
    folder = only_folder(tmp_path)
    told = [*heard, *(path.read_bytes() for path in folder.iterdir() if path.suffix != ".gz"), text.encode()]
    told += ["\n".join(log).encode(), gzip.decompress((folder / "wire.jsonl.gz").read_bytes())]
    assert not [each for each in told if b"9876" in each or b'"digit":"9"' in each or b'"digit": "9"' in each]
    [entry] = [it["frame"] for it in kept(folder, "events.jsonl") if it["what"] == "Keys"]
    assert (entry["digits"], entry["name"]) == ("••••", "pin") and sum(b'"dtmf"' in each for each in heard) == 4
