"""Bases in other folders: those that come with Kav, and those that the command line allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.config.allowed_folders import VARIABLE, allow
from pipeline.config.shipped import FOLDER
from pipeline.faults import UsageError
from tests.kit.configs import GOOD, Write, faults


def test_a_shipped_config_is_extended_by_its_name(write: Write) -> None:
    """From any folder; its own files are found beside it, and it may extend another one."""
    path = write("extends: kav:demo\nset: {vad.rms: 300}\ninsert: {after: asr, steps: [dedup]}\n")
    config = load(path, env={})
    assert [it.word for it in config.steps].count("dedup") == 3
    assert config.caller == FOLDER / "demo/call.yaml" and (FOLDER / "demo.yaml") in config.files
    assert load(write("extends: kav:bench_silero\n"), env={}).steps[1].word == "vad.silero"
    assert faults(write("extends: kav:demmo\n"))[0].startswith(
        "x.yaml:1:10 no config `demmo` comes with Kav | did you mean `kav:demo`?"
    )


def test_no_path_leads_into_kavs_folder(write: Write) -> None:
    """Only the name does."""
    (found,) = faults(write(f"extends: {FOLDER / 'demo.yaml'}\n"))
    assert "lies outside the config's folder" in found


def test_an_allowed_folder_is_as_good_as_ones_own(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so are those below it, for plug-ins, too; without it the fault says how to allow it."""
    monkeypatch.setenv(VARIABLE, "")
    write("", base=GOOD)
    (tmp_path / "here").mkdir()
    path = Path("here/top.yaml")
    path.write_text("extends: ../base.yaml\n")
    assert faults(path) == [
        "here/top.yaml:1:10 `../base.yaml` lies outside the config's folder | `--allow .` on the command line allows it"
    ]
    allow([tmp_path])
    allow([tmp_path / "here"])
    assert faults(path) == []
    (tmp_path / "tap.py").write_text(
        "from pipeline.processor import Processor, on\nfrom pipeline.frames import Dtmf\n"
        "class Tap(Processor):\n    @on(Dtmf)\n    def key(self, frame):\n        self.push(frame)\n"
    )
    path.write_text("extends: ../base.yaml\nplugins: [../tap.py]\n")
    assert "cannot be a word" in faults(path)[0]
    (tmp_path / "base.yaml").write_text(f"plugins: [tap.py]\n{GOOD}".replace("  - dedup\n", "  - tap\n"))
    path.write_text("extends: ../base.yaml\n")
    assert faults(path) == []


def test_what_is_allowed_is_a_folder(tmp_path: Path) -> None:
    """A name mistyped is wrong use."""
    with pytest.raises(UsageError, match="--allow: there is no folder"):
        allow([tmp_path / "none"])
