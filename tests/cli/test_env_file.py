"""The file of variables: read for every verb, after the environment, with notes that show no value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.env_file import MOST, load_env_file
from pipeline.faults import UsageError
from tests.house.measures import ROOT

CONFIG = """\
pipeline:
  - twilio_serializer
  - vad.energy: {rms: "${KAV_T_RMS:-210}"}
  - end_of_utterance
  - asr.script: {say: ["${KAV_T_WORDS:-hello}"]}
  - llm.script: {say: [hi]}
  - tts.tone
  - pacer
  - twilio_sink
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a config, in which `.env` is looked for and no variable of these tests is set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KAV_ENV_FILE")
    for name in ("KAV_T_A", "KAV_T_B", "KAV_T_C", "KAV_T_RMS", "KAV_T_WORDS"):
        monkeypatch.setenv(name, "")  # so that it is put back at the end
        monkeypatch.delenv(name)
    (tmp_path / "my.yaml").write_text(CONFIG)
    return tmp_path


def kav(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `run.py` in a folder to its end."""
    command = [sys.executable, str(ROOT / "run.py"), *arguments]
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_every_verb_reads_it_and_says_so_without_values(here: Path) -> None:
    """The file beside the command, in each place of the option, or none."""
    (here / ".env").write_text("KAV_T_RMS=canary\n")
    (here / "other.env").write_text("KAV_T_RMS=300\n")
    for verb in ("check", "print", "graph"):
        done = kav(here, verb, "my.yaml")
        assert done.returncode == 1 and "the value of KAV_T_RMS does not fit" in done.stdout + done.stderr
        assert ".env: 1 variable read" in done.stderr and "canary" not in done.stdout + done.stderr
    for arguments in (("--env-file", "other.env", "check", "my.yaml"), ("check", "my.yaml", "--env-file=other.env")):
        done = kav(here, *arguments)
        assert done.returncode == 0 and "other.env: 1 variable read" in done.stderr
    for done in (kav(here, "check", "my.yaml", "--env-file="), kav(here, "check", "my.yaml", KAV_ENV_FILE="")):
        assert (done.returncode, done.stderr) == (0, "")
    assert "other.env: 1 variable" in kav(here, "check", "my.yaml", KAV_ENV_FILE="other.env").stderr


def test_the_standard_output_stays_for_the_verb(here: Path) -> None:
    """What reads JSON gets JSON, also from the log."""
    (here / ".env").write_text("KAV_T_RMS=300\nbroken\n")
    assert json.loads(kav(here, "check", "my.yaml", "--json").stdout)["faults"] == []
    lines = kav(here, "serve", "nowhere.yaml", "--log-json").stderr.splitlines()
    assert [json.loads(line)["level"] for line in lines[:2]] == ["WARNING", "INFO"]


def test_the_environment_goes_before_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is blank; the variables that it keeps are named."""
    monkeypatch.setenv("KAV_T_A", "1")
    monkeypatch.setenv("KAV_T_B", "")
    (here / ".env").write_text("KAV_T_A=2\nKAV_T_B=2\nKAV_T_C=2\n")
    [note] = load_env_file()
    assert [os.environ[name] for name in ("KAV_T_A", "KAV_T_B", "KAV_T_C")] == ["1", "", "2"]
    assert str(note) == ".env: 3 variables read; the environment goes before it in KAV_T_A, KAV_T_B"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("KAV_T_A=x y", "x y"),
        ("export KAV_T_A=x", "x"),
        ("\ufeffKAV_T_A=x", "x"),
        ("KAV_T_A = 'x'  # why\r\nKAV_T_B=1\r\n", "x"),
        ("# KAV_T_A=y\n\n  KAV_T_A=x # why", "x"),
        ('KAV_T_A="{\n  \\"a\\": 1\n}"', '{\n  "a": 1\n}'),
        ('KAV_T_A=\'{"a": "b\\nc"}\'', '{"a": "b\\nc"}'),
        ("KAV_T_A=${HOME}", "${HOME}"),
        ("KAV_T_A=", ""),
        ("KAV_T_A=a=b#c", "a=b#c"),
    ],
)
def test_values_are_read_as_usual(here: Path, text: str, value: str) -> None:
    """Quotes, comments, `export`, several lines, any line ends, and nothing filled in."""
    (here / ".env").write_bytes(text.encode())
    load_env_file()
    assert os.environ["KAV_T_A"] == value


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("\n\nKAV_T_A\n", ".env:3: KAV_T_A has no `=`"),
        ('KAV_T_B=1\nKAV_T_A="canary\n', ".env:2: is no line `NAME=value`, beginning with KAV_T_A"),
        ("KAV_T_A: canary\n", ".env:1: is no line `NAME=value`, beginning with KAV_T_A"),
        ("=canary", ".env:1: is no line `NAME=value`"),
        (
            'KAV_T_A={"a":\n"canary"}\n',
            ".env:2: is no line `NAME=value`: ignored; a value of several lines wants quotes",
        ),
        ("my-key=canary", ".env:1: the name before `=`"),
        ("KAV_T_A=canary\0", ".env:1: KAV_T_A has a NUL"),
        ("KAV_T_A=1\n\nKAV_T_A=canary", ".env:3: KAV_T_A stands twice"),
        ("KAV_T_A=${canary}", ".env:1: KAV_T_A has `${` in its value"),
    ],
)
def test_a_wrong_line_is_told_and_costs_no_other(here: Path, text: str, note: str) -> None:
    """With its place and its name, and without its value."""
    (here / ".env").write_text(text + "\nKAV_T_C=kept\n")
    notes = [str(each) for each in load_env_file()]
    assert notes[0].startswith(f"warning: {note}") and not [each for each in notes if "canary" in each]
    assert os.environ["KAV_T_C"] == "kept"


def test_a_file_that_cannot_be_used_is_told(here: Path) -> None:
    """A folder that happens to have this name, a file too large, text in another encoding, none at all."""
    assert load_env_file() == []
    (here / ".env").mkdir()
    assert "is a folder" in str(load_env_file()[0])
    with pytest.raises(UsageError, match="is a folder"):
        load_env_file(".env")
    with pytest.raises(UsageError, match="No such file"):
        load_env_file("nowhere.env")
    (here / "large").write_bytes(b"A=" + b"x" * MOST)
    with pytest.raises(UsageError, match="larger than"):
        load_env_file("large")
    (here / "wide").write_bytes("A=1\n".encode("utf-16"))
    with pytest.raises(UsageError, match="wide:1: is not UTF-8"):
        load_env_file("wide")
    done = kav(here, "list", "--env-file", "nowhere.env")
    assert done.returncode == 2 and "nowhere.env" in done.stderr and "Traceback" not in done.stderr
