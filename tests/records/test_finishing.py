"""The end of a record: its summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.config import Config, RecordSettings
from pipeline.records.files import Words, read_about
from pipeline.records.finishing import finish, summarise
from pipeline.records.reader import Event
from pipeline.testing import play
from tests.kit.kept_calls import kept_call
from tests.kit.replays import CALLER, only


def test_a_call_has_its_summary_when_it_has_ended(agent: Callable[..., Config], tmp_path: Path) -> None:
    """The figures of its turns, and how it ended: `calls` reads nothing else."""
    play(agent(["hello", "yes", "bye"], ["Good morning."]), CALLER, 9.0, keep=tmp_path)
    recording = only(tmp_path)
    summary = recording.about.summary
    assert summary is not None and summary == summarise(recording.events)
    assert (summary.turns, summary.cut, summary.faults) == (3, False, {})
    assert summary.words == Words(
        caller="hello\nyes\nbye", agent="Good morning.\nI see. Shall I go into detail, or shall we move on?"
    )
    assert summary.barge_ins == 0 and recording.about.log_words is True
    assert summary.gap is not None and 0.3 < summary.gap < 1.5 and 8 < summary.seconds < 10


def test_faults_are_counted_by_their_kind() -> None:
    """And the end by its cause."""
    some = [("fault", {"step": "X", "error": "OSError"})] * 2 + [("tts_failed", {"provider": "tts.x"})]
    found = [Event(float(at), at, what, content) for at, (what, content) in enumerate(some)]
    summary = summarise([*found, Event(9.0, 9, "ended", {"cause": "faults", "cut": False})])
    assert (summary.cause, summary.seconds, summary.faults) == ("faults", 9.0, {"fault": 2, "tts_failed": 1})
    assert summarise([]).cut and summarise(found).cut


def test_a_hand_in_the_record_stops_nothing(tmp_path: Path) -> None:
    """A call.json that cannot be read stays as it is; the rest is finished."""
    folder = kept_call(tmp_path, ended=False)
    finish(folder, RecordSettings())
    assert read_about(folder).summary is not None
    (folder / "call.json").write_text("{")
    finish(folder, RecordSettings())
    assert (folder / "call.json").read_text() == "{"
