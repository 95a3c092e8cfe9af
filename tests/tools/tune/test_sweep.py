"""`tune`: the setting that hears the caller out."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.config import Config
from pipeline.faults import UsageError
from pipeline.records.reader import folders
from pipeline.records.timeline import Turn
from pipeline.testing import play, voice
from pipeline.tools.label.labels import Label
from pipeline.tools.tune.grid import grid, varied
from pipeline.tools.tune.score import Score, front
from pipeline.tools.tune.table import Tried, best

CALLER = [(1.0, voice(0.9)), (2.3, voice(0.9, 350.0)), (7.0, voice(0.6, 400.0))]  # a pause for breath of 0.4 s
HASTY = {
    "end_of_utterance.min_silence": "0.3s",
    "end_of_utterance.short_by": "0s",
    "end_of_utterance.short_floor": "0.1s",
}


@pytest.fixture
def call(agent: Callable[..., Config], tmp_path: Path) -> Path:
    """The folder of a call whose caller was cut off after "I am looking for"."""
    config = agent(["I am looking for", "an apartment", "three rooms"], ["Gladly.", "How many rooms?"], HASTY)
    play(config, CALLER, 11.0, keep=tmp_path / "calls")
    (found,) = folders(tmp_path / "calls")
    return found


def kav(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    return int(ended.value.code or 0)


def tune(capsys: pytest.CaptureFixture[str], call: Path, *more: object) -> tuple[int, str, str]:
    code = kav("tune", call, "--jobs", 1, "--png", call / "tune.png", *more)
    return code, *capsys.readouterr()


def turn(started: float, ended: float, decided: float, **more: object) -> Turn:
    return Turn(1, started, ended, decided, **more)  # type: ignore[arg-type]


# ---- the grid -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("vad.rms=120..400", ["120", "190", "260", "330", "400"]),
        ("vad.rms=120..400/100", ["120", "220", "320"]),
        ("a.b=0.3s..0.8s", ["0.3s", "0.425s", "0.55s", "0.675s", "0.8s"]),
        ("a.b=100..300ms/100ms", ["100ms", "200ms", "300ms"]),
        ("a.b=0.3s,0.48s,0.3s", ["0.3s", "0.48s"]),
        ("a.b=true,false", ["true", "false"]),
    ],
)
def test_what_is_varied(asked: str, values: list[str]) -> None:
    """A range has five values or those of its step, a list its own, each once."""
    assert [each.partition("=")[2] for each in varied(asked)] == values


@pytest.mark.parametrize(
    "asked", ["vad.rms", "vad.rms=", "=1", "a.b=1..", "a.b=3..1", "a.b=1..2/0", "a.b=1s..500ms", "a.b=1,"]
)
def test_what_cannot_be_varied_is_said(asked: str) -> None:
    """And how it is written."""
    with pytest.raises(UsageError, match="--vary "):
        varied(asked)


def test_a_grid_has_a_largest_size() -> None:
    """Which is told, with the grid's."""
    with pytest.raises(UsageError, match="101 × 11 = 1111 settings"):
        grid(["a.b=0..100/1", "c.d=0..10/1"])


# ---- scores -------------------------------------------------------------------------------------------------------


def test_a_score_counts_what_went_wrong() -> None:
    """Cut off is a turn that was over too soon, missed a label without one, false a turn or a stop without a label."""
    said = [Label(starts=1.0, ends=3.0), Label(starts=5.0, ends=6.0), Label(starts=8.0, ends=9.0)]
    score = Score()
    found = [turn(1.0, 2.0, 2.5), turn(2.6, 3.0, 3.5), turn(5.0, 6.1, 6.4), turn(10.0, 10.5, 11.0)]
    found += [turn(12.0, 12.1, 12.2, dropped="short"), turn(13.0, 13.1, 13.2, dropped="short", heard="How")]
    score.add(said, found)
    assert (score.cut_off, score.missed, score.false) == (1, 1, 2)
    assert score.delays == pytest.approx([0.5, 0.4])


def test_the_front_is_what_none_beats() -> None:
    """In errors and in delay; the best has the fewest errors first."""
    scores = [Score(2, 0, 0, [0.3]), Score(0, 0, 0, [0.6]), Score(1, 0, 0, [0.7]), Score(0, 0, 0, [0.5])]
    assert front(scores) == {0, 3}
    assert best([Tried((str(place),), it) for place, it in enumerate(scores)]).setting == ("3",)


# ---- the command --------------------------------------------------------------------------------------------------


def test_tune_finds_the_setting_that_hears_the_caller_out(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shortest silence that is longer than the caller's pause; no other call would wait longer than it must."""
    kav("label", call)
    capsys.readouterr()
    code, out, _ = tune(capsys, call, "--vary", "end_of_utterance.min_silence=0.3s..0.8s/0.1s", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["calls"], told["labels"], len(told["settings"])) == (1, 2, 7)
    assert told["settings"][0]["cut_off"] == 1
    assert told["choose"]["set"] == {"end_of_utterance.min_silence": "0.5s"}
    assert told["choose"]["cut_off"] == told["choose"]["missed"] == told["choose"]["false"] == 0
    assert told["choose"]["delay"] == pytest.approx(0.5, abs=0.03)


def test_the_table_ends_with_what_to_write(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As YAML, and as arguments; without matplotlib the table comes, and a sentence says what is missing."""
    kav("label", call)
    capsys.readouterr()
    code, out, err = tune(capsys, call, "--vary", "end_of_utterance.min_silence=0.3s,0.5s")
    assert code == 0
    assert out.endswith("set:\n  end_of_utterance.min_silence: 0.5s\n\n--set end_of_utterance.min_silence=0.5s\n")
    assert "as it is" in out
    drawn = find_spec("matplotlib") is not None
    assert (call / "tune.png").exists() == drawn
    assert ("matplotlib is not installed" in err) != drawn


def test_many_processes_find_the_same(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who plays which setting makes no difference."""
    kav("label", call)
    asked = ["--vary", "end_of_utterance.min_silence=0.3s..0.8s/0.1s", "--vary", "vad.rms=200,300", "--json"]
    capsys.readouterr()
    alone = tune(capsys, call, *asked)
    assert kav("tune", call, "--jobs", 2, "--png", call / "tune.png", *asked) == 0
    assert capsys.readouterr().out == alone[1]


def test_calls_without_labels_are_told(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what to do about it."""
    code, _, err = tune(capsys, call, "--vary", "vad.rms=200,300")
    assert code == 2
    assert f"run.py label {call}" in err


def test_a_wrong_setting_is_told_before_anything_is_played(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `--set` tells it."""
    (call / "labels.yaml").write_text("turns: []\n")
    code, _, err = tune(capsys, call, "--vary", "vad.rsm=200,300")
    assert code == 1
    assert "`vad.energy` has no setting `rsm`" in err
