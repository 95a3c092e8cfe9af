"""The pauses of recorded calls."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.records.reader import Recording
from pipeline.tools.learn.pauses import taught
from pipeline.tools.learn.stretches import stretches
from tests.kit.teaching import Lesson


def test_the_labels_are_the_truth(odd: tuple[Path, list[Lesson]]) -> None:
    """Every pause of calls of known truth is labelled rightly, also where the agent cut the turn or talked into it."""
    for lesson in odd[1]:
        found = taught(lesson.folder).pauses
        inside = sorted(each.seconds for each in found if not each.over)
        assert sum(each.over for each in found) == lesson.turns
        assert inside == pytest.approx(sorted(lesson.pauses), abs=0.03)


def test_a_call_knows_its_day_and_no_caller(odd: tuple[Path, list[Lesson]]) -> None:
    """ISO 8601."""
    assert len(taught(odd[1][0].folder).day) == 10


def test_labels_by_hand_are_taken(odd: tuple[Path, list[Lesson]], tmp_path: Path) -> None:
    """A call of which one turn alone is labelled has the pauses of that turn."""
    folder = shutil.copytree(odd[1][0].folder, tmp_path / "call")
    spans = stretches(Recording.load(folder))[0].spans
    (folder / "labels.yaml").write_text(f"turns:\n  - {{starts: {spans[0][0]}s, ends: {spans[-1][1]}s}}\n")
    assert sum(each.over for each in taught(folder).pauses) == 1


def test_a_call_that_has_nothing_to_teach_says_why(odd: tuple[Path, list[Lesson]], tmp_path: Path) -> None:
    """One that is no record, one without sound, one without judgements of the voice, one with too little speech."""
    assert "is no record" in taught(tmp_path).failure
    for lacks, was, now in (
        ("no sound", '"sound":"mulaw"', '"sound":"none"'),
        ("no judgement of its voice", '"voiced"', '"judged"'),
        ("too little speech", '"Transcript"', '"Other"'),
    ):
        folder = shutil.copytree(odd[1][0].folder, tmp_path / lacks)
        for path in (folder / "call.json", folder / "events.jsonl"):
            path.write_text(path.read_text().replace(was, now))
        found = taught(folder)
        assert (found.lacks, found.pauses) == (lacks, ()), found.failure
