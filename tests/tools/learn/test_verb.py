"""`learn`, as it is used on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.prosody.score import read_weights
from tests.kit.teaching import Lesson, learn
from tests.kit.tuning import kav

Odd = tuple[Path, list[Lesson]]


def test_a_deployments_own_voices_are_learned(odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped weights are wrong of these callers; the learned ones are written, with the way to use them."""
    out = tmp_path / "own.json"
    code, told, err = learn(capsys, odd[0], "--out", out)
    assert (code, err) == (0, "")
    weights = read_weights(out)
    assert weights.features["pitch_slope"].weight > 0
    ends = sum(each.turns for each in odd[1])
    assert f"ends of turns: {ends}" in told and f"{ends} ends of turns" in weights.learned_from
    assert f"end_of_utterance: {{prosody: true, weights: {out}, soon: " in told
    assert "The learned weights are better" in told
    assert all(f"\n  python run.py {verb} {odd[0]}" in told for verb in ("replay", "label", "tune"))


def test_the_file_has_nothing_of_a_caller(odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Days, counts and numbers: no ids, no words, no path."""
    learn(capsys, odd[0], "--out", tmp_path / "own.json")
    text = (tmp_path / "own.json").read_text()
    assert not any(it in text for it in (odd[1][0].folder.name, str(odd[0]), "one two", "CA0"))
    assert set(json.loads(text)) == {"learned_from", "bias", "features"}


def test_json_has_the_figures(odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, scores, settings to choose, and the verdict."""
    code, told, _ = learn(capsys, odd[0], "--out", tmp_path / "own.json", "--json")
    data = json.loads(told)
    assert code == 0 and data["better"] is True and data["out"] == str(tmp_path / "own.json")
    assert (data["calls"], data["inside"]) == (6, sum(len(each.pauses) for each in odd[1]))
    assert data["scores"][2]["auc"] > 0.9 > data["scores"][1]["auc"]
    assert data["left_out"]["cut"] < data["as_it_is"]["cut"]
    assert 0.2 <= data["soon"] <= data["patience"]


def test_nothing_is_written_if_there_is_nothing_to_gain(
    odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weights from the same calls are no better than themselves."""
    learn(capsys, odd[0], "--out", tmp_path / "own.json")
    code, told, _ = learn(capsys, odd[0], "--out", tmp_path / "more.json", "--weights", tmp_path / "own.json")
    assert code == 1 and "no better than those in use" in told
    assert not (tmp_path / "more.json").exists()


def test_too_few_pauses_are_counted(odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says how many there are and how many are needed."""
    code, told, err = learn(capsys, odd[1][0].folder, "--out", tmp_path / "own.json")
    assert (code, told) == (1, "") and not (tmp_path / "own.json").exists()
    assert f"calls: 1, pauses inside turns: {len(odd[1][0].pauses)}, ends of turns: {odd[1][0].turns}" in err
    assert "30 pauses inside turns and 30 ends of turns are needed" in err


def test_calls_that_teach_nothing_are_left_out_and_counted(
    odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record without sound, and one that cannot be read; the others are learned from."""
    calls = shutil.copytree(odd[0], tmp_path / "calls")
    silent, broken = (shutil.copytree(odd[1][0].folder, calls / name) for name in ("silent", "broken"))
    about = silent / "call.json"
    about.write_text(about.read_text().replace('"sound":"mulaw"', '"sound":"none"'))
    (broken / "call.json").write_text("{")
    code, told, err = learn(capsys, calls, "--out", tmp_path / "own.json")
    assert code == 0 and "calls: 6 (left out, cannot be read: 1, no sound: 1)" in told
    assert err.startswith(str(broken)) and "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("{empty}",), 1, "has no record of a call in it"),
        (("{empty}/none",), 1, "there is no such folder"),
        (("{calls}", "--weights", "{wrong}"), 1, "is no file of prosody weights"),
        (("{calls}", "--weights", "{empty}/none"), 1, "cannot be read"),
        (("{calls}", "--config", "{empty}/none"), 1, "none"),
        (("{calls}", "--out", "{empty}/none/own.json"), 1, "there is no folder"),
        (("{calls}", "--wait", "3"), 2, "unrecognized arguments"),
    ],
)
def test_wrong_use_is_told(
    arguments: tuple[str, ...],
    code: int,
    said: str,
    odd: Odd,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is wrong, before any call is read."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.json").write_text('{"weights": 3}')
    places = {"calls": odd[0], "empty": tmp_path / "empty", "wrong": tmp_path / "wrong.json"}
    ended, told, err = learn(capsys, *(each.format(**places) for each in arguments))
    assert (ended, told) == (code, "") and said in err and "Traceback" not in err


def test_many_processes_learn_the_same(odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever of them reads which call."""
    learn(capsys, odd[0], "--out", tmp_path / "one.json")
    assert kav("learn", odd[0], "--jobs", 2, "--out", tmp_path / "two.json") == 0
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_the_commands_that_it_names_prove_it(odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Replayed with the learned weights, the same callers are cut off less, and hear the agent sooner."""
    calls = shutil.copytree(odd[0], tmp_path / "calls")
    _, told, _ = learn(capsys, calls, "--out", tmp_path / "own.json")
    replay, label, tune = (line.split()[2:] for line in told.splitlines() if line.startswith("  python run.py"))
    assert kav(*replay, "--json") == 0
    totals = json.loads(capsys.readouterr().out)
    was, now = totals["was"], totals["would_be"]
    assert now["cut_off"] < was["cut_off"] / 3 and now["median_gap"] < was["median_gap"]
    assert kav(*label) == 0
    capsys.readouterr()
    assert kav(*tune, "--jobs", 1, "--out", tmp_path / "tune.png", "--json") == 0
    as_it_is, learned = json.loads(capsys.readouterr().out)["settings"]
    assert learned["cut_off"] < as_it_is["cut_off"] and learned["delay"] < as_it_is["delay"]
