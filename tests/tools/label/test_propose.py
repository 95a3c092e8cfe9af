"""`label`: the caller's turns, proposed from the sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.tools.label import labels
from tests.kit.tuning import kav


def test_labels_are_proposed_from_the_sound(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two turns that the agent took apart are one again, with their words, and the times are the caller's."""
    assert kav("label", call) == 0
    assert "labels.yaml: proposed turns: 2, in doubt: 0" in capsys.readouterr().out
    one, other = labels.load(call)
    assert (one.starts, one.ends) == (pytest.approx(1.0, abs=0.03), pytest.approx(3.2, abs=0.03))
    assert one.words == "I am looking for an apartment"
    assert (other.starts, other.ends) == (pytest.approx(7.0, abs=0.03), pytest.approx(7.6, abs=0.03))
    assert "# sure: " in (call / "labels.yaml").read_text()


def test_each_call_of_a_folder_is_labelled(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also as a shell expands `calls/*/*`; labels that are there already, perhaps by hand, stay as they are."""
    other, broken = call.with_name("CA" + "2" * 32), call.with_name("CA" + "3" * 32)
    shutil.copytree(call, other)
    shutil.copytree(call, broken)
    (broken / "wire.jsonl.gz").unlink()
    (call / "labels.yaml").write_text("turns: []\n")
    assert kav("label", call, other, broken) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [f"{other}/labels.yaml: proposed turns: 2, in doubt: 0"]
    assert f"{call}/labels.yaml: is there already" in err and f"{broken}: has no messages" in err
    assert (call / "labels.yaml").read_text() == "turns: []\n"
    assert kav("label", call.parent, "--out", "x.yaml") == 2
    assert kav("label", call) == 2


def test_a_call_without_its_sound_gets_no_labels(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would be labelled as a call without turns."""
    about = (call / "call.json").read_text().replace('"sound":"mulaw"', '"sound":"none"')
    (call / "call.json").write_text(about)
    assert kav("label", call) == 1
    assert "was kept without its sound" in capsys.readouterr().err
