"""The config of a recorded call is enough by itself, and runs no strange code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.faults import KavError
from pipeline.records.recorded_config import recorded_config
from tests.kit.plugged import PLUGIN, plugged, recorded
from tests.kit.replays import kav

ROOT = Path(__file__).parents[2]
TRAP = 'Path("ran").touch()\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The record of a call of a config with plug-ins, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return recorded(plugged(tmp_path / "mine"), tmp_path / "calls")


@pytest.mark.parametrize("change", ["none", "changed", "gone"])
def test_a_call_is_replayed_whatever_became_of_its_plugins(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    """It runs those of the record, and says so."""
    if change == "changed":
        (tmp_path / "mine/loud.py").write_text(PLUGIN.replace('"!"', '"changed"'))
    if change == "gone":
        shutil.rmtree(tmp_path / "mine")
    assert kav("replay", folder) == 0
    out, err = capsys.readouterr()
    assert "The same call" in out
    assert err.count("runs as the record has it") == 2
    assert kav("report", folder) == kav("label", folder) == 0


def test_code_that_never_ran_here_is_not_run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody else's record may bring anything; it is named, and run only with the user's word."""
    (folder / "loud.py").write_text(PLUGIN + TRAP)
    assert kav("replay", folder) == 1
    assert not (tmp_path / "ran").exists()
    assert "loud.py" in (err := capsys.readouterr().err) and "--trust-record" in err and "shout" not in err
    (folder / "labels.yaml").write_text("turns: []\n")
    assert kav("tune", folder, "--vary", "vad.rms=200,300") == 1
    assert not (tmp_path / "ran").exists()
    assert kav("replay", folder, "--config", tmp_path / "mine/mine.yaml") == 0
    assert not (tmp_path / "ran").exists()
    assert kav("replay", folder, "--trust-record") == 0
    assert (tmp_path / "ran").exists()


def test_a_record_that_names_other_files_brings_them_too(folder: Path, tmp_path: Path) -> None:
    """Its config counts, not the list in its call.json."""
    (folder / "trap.py").write_text(PLUGIN + TRAP)
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("- loud.py", "- trap.py").replace("- loud\n", "- trap\n"))
    with pytest.raises(KavError, match=r"trap\.py"):
        recorded_config(folder)
    assert not (tmp_path / "ran").exists()


def test_a_record_without_its_plugins_is_said_to_be_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As early versions kept it; a config of one's own replays it."""
    for name in ("loud.py", "steps/shout.py"):
        (folder / name).unlink()
    about = folder / "call.json"
    about.write_text(about.read_text().split('"plugins"')[0] + '"format":1}')
    assert kav("replay", folder) == 1
    assert "was kept without its plug-ins; `--config FILE`" in capsys.readouterr().err
    assert kav("replay", folder, "--config", "mine/mine.yaml") == 0


def test_a_file_that_is_gone_is_left_out(folder: Path, tmp_path: Path) -> None:
    """A prompt, a clip or a key of a provider whose answers are in the record anyway."""
    clip = tmp_path / "clip.wav"
    shutil.copy(ROOT / "configs/demo/looking.wav", clip)
    assert recorded_config(folder, [f"tts.clip={clip}"]).steps[-3].settings.clip == clip
    clip.unlink()
    assert recorded_config(folder, [f"tts.clip={clip}"]).steps[-3].settings.clip is None
    with pytest.raises(KavError, match="is not there"):
        load(tmp_path / "mine/mine.yaml", set=[f"tts.clip={clip}"])


def test_a_package_that_has_changed_is_said(tmp_path: Path) -> None:
    """In another process, as this one has imported it."""
    package = tmp_path / "packed_steps"
    plugged(tmp_path / "mine")
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "loud.py").write_text(PLUGIN)
    config = tmp_path / "mine/mine.yaml"
    text = config.read_text().replace("loud.py, steps/shout.py", "packed_steps")
    config.write_text(text.replace("  - loud\n", "  - packed_steps.loud\n").replace("  - steps.shout\n", ""))
    code = "import sys; from pathlib import Path; from tests.kit.plugged import recorded; "
    code += "recorded(Path('mine/mine.yaml'), Path('calls'))"
    path = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "XDG_STATE_HOME": str(tmp_path), "PATH": ""}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=True)

    run("-c", code)
    assert not run(str(ROOT / "run.py"), "replay", "calls").stderr
    (package / "loud.py").write_text(PLUGIN.replace("louder", "loudest"))
    told = run(str(ROOT / "run.py"), "replay", "calls").stderr
    assert "packed_steps is not as it was: its source differs; the installed one runs" in told
