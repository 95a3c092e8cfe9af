"""Folders that a config writes to: beside the config, wherever it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Config, load
from pipeline.faults import ConfigError
from tests.kit.configs import GOOD

ROOT = Path(__file__).parents[2]


def config(path: Path, folder: str, **changes: object) -> Config:
    """A config at this path, whose calls are kept in this folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GOOD.replace("folder: calls", f"folder: {folder}"), encoding="utf-8")
    return load(path, env={"HOME": ""}, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("folder", "wanted"), [("calls", "a/calls"), ("../kept", "kept"), ("x/../calls/", "a/calls"), ('""', "")]
)
def test_a_folder_is_beside_its_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, wanted: str
) -> None:
    """Named from elsewhere, too; a blank one stays blank."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert config(Path("../a/my.yaml"), folder).record.folder == (str(tmp_path / wanted) if wanted else "")


def test_a_home_folder_and_an_absolute_one_are_taken_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~` is the home folder of the user that runs Kav."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert config(tmp_path / "my.yaml", "~/calls").record.folder == str(tmp_path / "home/calls")
    assert config(tmp_path / "my.yaml", "/var/calls").record.folder == "/var/calls"
    with pytest.raises(ConfigError, match="`folder` wants a folder, got a home folder that is not known"):
        config(tmp_path / "my.yaml", "~nobody-of-this-name/calls")


def test_a_change_of_the_command_line_is_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every path of a command line."""
    monkeypatch.chdir(tmp_path)
    changed = config(tmp_path / "a/my.yaml", "calls", set=["record.folder=here"])
    assert changed.record.folder == str(tmp_path / "here")


def test_a_deployment_keeps_its_calls_beside_itself(tmp_path: Path) -> None:
    """Not beside the config that it extends."""
    config(tmp_path / "shared/base.yaml", "calls")
    (tmp_path / "mine.yaml").write_text("extends: shared/base.yaml\n")
    assert load(tmp_path / "mine.yaml").record.folder == str(tmp_path / "calls")


def test_configs_that_come_with_kav_write_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their own folder belongs to the installation."""
    monkeypatch.chdir(tmp_path)
    assert load("kav:demo").record.folder == load(ROOT / "configs/demo.yaml").record.folder == str(tmp_path / "calls")


def test_the_cache_of_a_voice_is_beside_its_config(tmp_path: Path) -> None:
    """The same rule holds for every folder of a step."""
    made = config(tmp_path / "my.yaml", "calls", set={"tts.cache": str(tmp_path / "sounds")})
    assert [it.settings.cache for it in made.steps if it.word.startswith("tts")] == [str(tmp_path / "sounds")]
    (tmp_path / "other.yaml").write_text("extends: my.yaml\nset: {tts.cache: sounds}\n")
    steps = load(tmp_path / "other.yaml").steps
    assert [it.settings.cache for it in steps if it.word.startswith("tts")] == [str(tmp_path / "sounds")]
