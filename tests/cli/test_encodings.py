"""Verbs under terminals that lack letters, and with outputs that cannot be written: real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
DEMO = ROOT / "tests/data/records/demo_en"
HE = "configs/demo_he.yaml"
PRINTING = [
    ("--help",),
    ("list",),
    ("print", HE),
    ("check", HE),
    ("show", "intro_filter"),
    ("show", "ירושלים"),
    ("graph", HE),
    ("schema",),
    ("new", "vad.energy, tts.tone"),
    ("test", HE, "-k", "greet"),
    ("diagnose", "tests/data/logs/old_tts_err.log"),
    ("check", "שלום.yaml"),
]


def kav(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run `run.py` to its end, with these environment variables on top."""
    environment = {**os.environ, **variables}
    command = [sys.executable, "run.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False, env=environment)


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_verb_prints_the_same_under_any_encoding(arguments: tuple[str, ...]) -> None:
    """The exit code is that of a terminal with all letters, and no traceback comes."""
    usual = kav(*arguments, PYTHONIOENCODING="utf-8")
    for variables in ({"PYTHONIOENCODING": "cp1252:strict"}, C_LOCALE):
        done = kav(*arguments, **variables)
        assert done.returncode == usual.returncode, done.stderr
        assert b"Traceback" not in done.stdout + done.stderr
        assert bool(done.stdout) is bool(usual.stdout) and bool(done.stderr) is bool(usual.stderr)


def test_json_is_the_same_under_any_encoding() -> None:
    """A program reads the same data from it."""
    usual, ascii_only = (kav("schema", PYTHONIOENCODING=it).stdout for it in ("utf-8", "ascii"))
    assert json.loads(usual) == json.loads(ascii_only) and ascii_only.isascii()


def test_a_call_in_hebrew_is_shown_on_any_terminal() -> None:
    """Its transcript, its log and its table; and the words to say are read from the arguments as they were typed."""
    done = kav("call", HE, "--say", "שלום", **C_LOCALE)
    assert b"Traceback" not in done.stdout + done.stderr
    assert rb"ASR_TEXT: \u05e9" in done.stderr and rb"caller  \u05e9" in done.stdout
    assert rb"\u05e9\u05dc\u05d5\u05dd  " in done.stdout


@pytest.mark.parametrize("verb", [("replay", str(DEMO)), ("report", str(DEMO))])
def test_verbs_that_work_long_print_on_any_terminal(verb: tuple[str, ...], tmp_path: Path) -> None:
    """Tables, summaries and commands."""
    out = ("--out", str(tmp_path / "page.html")) if verb[0] == "report" else ()
    done = kav(*verb, *out, **C_LOCALE)
    assert done.stdout and b"Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [("list",), ("schema",)], ids=" ".join)
def test_a_pipe_that_is_closed_early_is_no_error(arguments: tuple[str, ...]) -> None:
    """`| head -1` ends the output; nothing is said on the standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "run.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (done.stderr, done.returncode) == (b"", 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize("arguments", [("list",), ("schema",)], ids=" ".join)
def test_a_full_disk_is_told_of(arguments: tuple[str, ...]) -> None:
    """In one sentence, with exit code 1."""
    command = [sys.executable, "run.py", *arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (done.stderr, done.returncode) == (b"cannot write: No space left on device\n", 1)
