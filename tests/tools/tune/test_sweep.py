"""`tune`: the setting that hears the caller out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit.tuning import kav, tune

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
