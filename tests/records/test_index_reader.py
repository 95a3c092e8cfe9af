"""The index follows the folders of records: calls that are kept, go on, end, break off, expire, are forgotten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.config import RecordSettings
from pipeline.records.files import Words
from pipeline.records.finishing import finish
from pipeline.records.index import Index, PastCall, Wanted
from pipeline.records.index_reader import IndexReader
from pipeline.records.mending import mend
from tests.kit.kept_calls import call_sid, kept_call

RECORDS = Path(__file__).parents[1] / "data" / "records"
PATIENCE = 20.0  # seconds until a test gives up


class Followed:
    """An index, and the folders that it follows."""

    def __init__(self, *folders: Path) -> None:
        self.folders = [str(it) for it in folders]
        self.index, self.over = Index(), False
        self.reader = IndexReader(self.index, lambda: self.folders, lambda: self.over)

    def calls(self) -> list[PastCall]:
        """The calls of the index, once it has looked at the folders again."""
        self.reader.catch_up(PATIENCE)
        assert not self.reader.problem
        return self.index.search(Wanted())

    def states(self) -> list[tuple[int, str]]:
        """Their numbers and states."""
        return [(int(it.sid[2:], 16), it.state) for it in self.calls()]


@contextmanager
def following(*folders: Path) -> Iterator[Followed]:
    """Follow these folders inside the block."""
    followed = Followed(*folders)
    try:
        yield followed
    finally:
        followed.over = True
        followed.reader.catch_up(PATIENCE)
        followed.index.close()


def test_calls_come_and_go(tmp_path: Path) -> None:
    """With their folders, in a new day's folder as in a known one; with an early version's words, too."""
    with following(tmp_path) as it:
        assert (it.calls(), it.reader.share) == ([], 1.0)
        first = kept_call(tmp_path, 1, ago=timedelta(days=1))
        assert it.states() == [(1, "ended")]
        kept_call(tmp_path, 2)
        kept_call(tmp_path, 3, ago=timedelta(days=1, hours=1))
        assert it.states() == [(2, "ended"), (1, "ended"), (3, "ended")]
        shutil.rmtree(first)
        assert it.states() == [(2, "ended"), (3, "ended")]
        shutil.rmtree(tmp_path / "2026-11-21")
        assert it.states() == [(2, "ended")]
        shutil.rmtree(tmp_path)
        assert it.states() == []


def test_a_settled_day_is_read_again_when_it_changes(tmp_path: Path) -> None:
    """Though its folder was left alone for long enough to be taken as it was."""
    kept_call(tmp_path, 1)
    day = tmp_path / "2026-11-22"
    os.utime(day, (1e9, 1e9))
    with following(tmp_path) as it:
        assert it.states() == [(1, "ended")] and it.index.days() == {str(day): 10**18}
        kept_call(tmp_path, 2)
        assert it.states() == [(2, "ended"), (1, "ended")]


def test_a_call_under_way_ends(tmp_path: Path) -> None:
    """Its figures are those of its record, each time."""
    folder = kept_call(tmp_path, 1, ended=False)
    os.utime(folder / "events.jsonl")
    with following(tmp_path) as it:
        assert it.states() == [(1, "under way")]
        with (folder / "events.jsonl").open("ab") as events:
            events.write(b'{"at":4.5,"no":1,"what":"ended","cause":"goodbye","dropped":0,"cut":false}\n')
        finish(folder, RecordSettings())
        (call,) = it.calls()
        assert (call.state, call.cause, call.seconds) == ("ended", "goodbye", 4.5)
        assert it.index.unsettled() == []


def test_a_call_whose_process_was_lost_is_broken_off(tmp_path: Path) -> None:
    """Until its record is mended, which is noticed."""
    kept_call(tmp_path, 1, ended=False)
    with following(tmp_path) as it:
        assert it.states() == [(1, "cut")]
        mend(RecordSettings(folder=str(tmp_path)), call_sid(1), "worker_lost")
        (call,) = it.calls()
        assert (call.state, call.cause) == ("cut", "worker_lost") and it.index.unsettled() == []


def test_a_folder_gets_its_first_events_later(tmp_path: Path) -> None:
    """It is no call until then, and the day's folder does not change any more."""
    folder = tmp_path / "2026-11-22" / call_sid(1)
    folder.mkdir(parents=True)
    os.utime(folder.parent, (1e9, 1e9))
    with following(tmp_path) as it:
        assert it.states() == []
        (folder / "events.jsonl").write_bytes(b'{"at":1.5,"no":0,"what":"Dtmf","frame":{"digit":"1"}}\n')
        assert it.states() == [(1, "under way")]


@pytest.mark.parametrize(
    "text", ["", "{", '{"format":99}', '{"format":1,"call_sid":"","began":"","summary":{"turns":1e30}}']
)
def test_a_broken_record_is_listed_with_its_problem(tmp_path: Path, text: str) -> None:
    """Beside the others, and counted as a fault."""
    (kept_call(tmp_path, 1) / "call.json").write_text(text)
    kept_call(tmp_path, 2)
    with following(tmp_path) as it:
        broken = {call.sid: call for call in it.calls()}[call_sid(1)]
        assert broken.state == "broken" and broken.problem and broken.faults == 1 and len(it.calls()) == 2


def test_a_call_of_an_early_version_has_its_words_and_barge_ins(tmp_path: Path) -> None:
    """They come from its events."""
    folder = tmp_path / "2026-11-27" / "CAae942de8821d40ac94bebb9d6dbadd02"
    shutil.copytree(RECORDS / "demo_en", folder)
    with following(tmp_path) as it:
        (call,) = it.calls()
        assert (call.first_words, call.barge_ins) == ("hello i am looking for an apartment", 1)
        assert it.index.search(Wanted(query="many rooms")) == [call]


def test_a_record_without_logged_words_has_none(tmp_path: Path) -> None:
    """As its config said `log_words: false`."""
    kept_call(tmp_path, 1, words=Words(caller="rooms"), log_words=False)
    with following(tmp_path) as it:
        assert [call.first_words for call in it.calls()] == [""]
        assert it.index.search(Wanted(query="rooms")) == []


def test_each_folder_is_followed_once(tmp_path: Path) -> None:
    """Under whichever name the configs have it; one that no config names any more is not followed."""
    one, other = tmp_path / "one", tmp_path / "other"
    kept_call(one, 1)
    kept_call(other, 2, ago=timedelta(hours=1))
    (tmp_path / "link").symlink_to(one)
    with following(one, tmp_path / "link", other, tmp_path / "none") as it:
        it.folders.append("")
        assert it.states() == [(1, "ended"), (2, "ended")]
        it.folders = [str(other)]
        assert it.states() == [(2, "ended")]


def test_links_lead_nowhere(tmp_path: Path) -> None:
    """Neither a linked day nor a linked call is read."""
    elsewhere = kept_call(tmp_path / "elsewhere", 1)
    (tmp_path / "calls" / "2026-11-22").mkdir(parents=True)
    (tmp_path / "calls" / "2026-11-22" / elsewhere.name).symlink_to(elsewhere)
    (tmp_path / "calls" / "2026-11-23").symlink_to(elsewhere.parent)
    with following(tmp_path / "calls") as it:
        assert it.states() == []
