"""The record that a page is made of."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipeline.faults import KavError
from pipeline.tools.report.page import page
from pipeline.tools.report.record import read
from tests.kit.pages_of_calls import parsed


def test_a_folder_without_a_record_is_named(tmp_path: Path) -> None:
    """With what keeps one."""
    with pytest.raises(KavError, match=r"is no record of a call.*record: \{folder: calls\}"):
        read(tmp_path)


def test_the_sound_is_had_from_the_messages_if_no_file_has_it(record: Path, tmp_path: Path) -> None:
    """Of a call that was kept without `record.audio`; messages that were kept without sound have none."""
    (tmp_path / "events.jsonl").write_bytes((record / "events.jsonl").read_bytes())
    loud, quiet = '"payload":"' + "A" * 216 + '"', '"payload":"' + "/" * 216 + '"'
    media = '{"event":"media","media":{"track":"inbound","timestamp":"0",%s},"streamSid":"MZ"}'
    line = f'{{"at":0.02,"no":1,"way":"in","message":{media}}}\n'
    for payload, silent in ((loud, False), (quiet, True)):
        (tmp_path / "wire.jsonl.gz").write_bytes(gzip.compress((line % payload).encode()))
        assert (read(tmp_path).caller == b"") is silent


@pytest.mark.parametrize("at", ['"nan"', '"inf"', "-1", "1e300", "1e9"])
def test_an_event_at_an_impossible_time_is_left_out(tmp_path: Path, at: str) -> None:
    """It would make the call endless."""
    lines = (
        f'{{"at":1.5,"no":0,"what":"Dtmf","frame":{{"digit":"1"}}}}\n{{"at":{at},"no":1,"what":"Dtmf","frame":{{}}}}\n'
    )
    (tmp_path / "events.jsonl").write_text(lines)
    assert read(tmp_path).seconds == 1.5 and parsed(page(read(tmp_path)).html)


def test_a_call_of_days_is_drawn_for_its_first_hours(tmp_path: Path) -> None:
    """The page stays one that a browser opens."""
    (tmp_path / "events.jsonl").write_text('{"at":999999,"no":0,"what":"Dtmf","frame":{"digit":"1"}}\n')
    assert len(page(read(tmp_path)).html) < 2_000_000


def test_a_line_that_is_too_deep_ends_the_record(tmp_path: Path) -> None:
    """As a torn one does."""
    (tmp_path / "events.jsonl").write_text(
        '{"at":1.5,"what":"Dtmf"}\n{"at":2,"what":"x","deep":' + "[" * 100_000 + "\n"
    )
    assert [it.at for it in read(tmp_path).events] == [1.5]
