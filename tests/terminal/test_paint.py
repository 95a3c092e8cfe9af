"""Colours come on a terminal and nowhere else, unless the environment says otherwise."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.terminal.paint import BOLD, END_ISOLATE, ISOLATE, PLAIN, RED, Paint, paint_on
from tests.kit.terminals import ROOT, kav_at_terminal, plain_environment, terminal

BAD = """\
language: he-IL
pipeline:
  - twilio_serializer
  - vad.energy: {rsm: 210}
  - intro_filter: {phrases: ["אני מתמחה", "שמי"], foo: 1}
"""


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """The path of a config with faults."""
    (tmp_path / "bad.yaml").write_text(BAD, "utf-8")
    return str(tmp_path / "bad.yaml")


def piped(*arguments: str, **variables: str) -> str:
    """All that `run.py` writes into a pipe."""
    command, there = [sys.executable, "run.py", *arguments], {**plain_environment(), **variables}
    done = subprocess.run(command, cwd=ROOT, stdout=-1, stderr=-2, encoding="utf-8", env=there, check=False, timeout=60)
    return done.stdout


@pytest.mark.parametrize("verb", ["check", "serve", "list", "print"])
def test_a_terminal_has_colours_and_a_pipe_the_same_text_without(bad: str, verb: str) -> None:
    """Faults of every verb, and a list with a bold word on each line."""
    arguments = (verb,) if verb == "list" else (verb, bad)
    shown, plain = kav_at_terminal(*arguments), piped(*arguments)
    assert "\x1b[" in shown.output and shown.text == plain
    assert "\x1b" not in plain and ISOLATE not in plain


def test_a_fault_has_its_parts_in_colours(bad: str) -> None:
    """The place bold, the carets red, the hint dim, and each run of Hebrew isolated."""
    shown = kav_at_terminal("check", bad).output
    assert f"\x1b[1m{bad}:4:18:\x1b[0m `vad.energy` has no setting `rsm`" in shown
    assert "\x1b[31m                   ^^^\x1b[0m" in shown and "\x1b[2m  did you mean `rms`?\x1b[0m" in shown
    assert f'"{ISOLATE}אני מתמחה{END_ISOLATE}", "{ISOLATE}שמי{END_ISOLATE}"' in shown


@pytest.mark.parametrize(
    ("no", "force", "term"), [("1", "", "xterm"), ("1", "1", "xterm"), ("", "", "dumb"), ("", "0", "xterm")]
)
def test_the_environment_turns_colours_off(bad: str, no: str, force: str, term: str) -> None:
    """On a terminal, for every escape sequence."""
    assert "\x1b" not in kav_at_terminal("check", bad, NO_COLOR=no, FORCE_COLOR=force, TERM=term).output


def test_the_environment_turns_colours_on_in_a_pipe(bad: str) -> None:
    """Colours alone: marks of direction stay out, so that grep finds the words; NO_COLOR goes before."""
    forced = piped("check", bad, FORCE_COLOR="1")
    assert "\x1b[31m" in forced and ISOLATE not in forced
    assert "\x1b" not in piped("check", bad, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[31m" in kav_at_terminal("check", bad, NO_COLOR="").output


def test_data_has_no_colours(bad: str) -> None:
    """JSON is for programs, also on a terminal and where colours are forced."""
    assert "\x1b" not in kav_at_terminal("check", bad, "--json", FORCE_COLOR="1").output
    assert "\x1b" not in piped("print", "configs/demo_he.yaml", FORCE_COLOR="1")


def test_each_line_is_painted_for_itself() -> None:
    """So that a line that is cut out keeps its colour to itself; an empty one has none."""
    paint = Paint(colours=True)
    assert paint("a\n\nb", BOLD, RED) == "\x1b[1;31ma\x1b[0m\n\n\x1b[1;31mb\x1b[0m"
    assert paint("", RED) == "" and paint("a") == "a" and PLAIN("a", RED) == "a"
    assert PLAIN.isolated("שלום") == PLAIN.each_isolated("שלום") == "שלום"


def test_streams_that_are_no_terminal_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A buffer, none at all, a closed terminal; and a terminal is not."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with terminal() as (stream, _):
        assert paint_on(stream) == Paint(colours=True, isolates=True)
    assert paint_on(stream) == paint_on(io.StringIO()) == paint_on(None) == PLAIN
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        assert paint_on(nowhere) == PLAIN
