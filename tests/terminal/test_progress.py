"""A progress bar stands on a terminal while work goes on, and nothing is left of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.kit.terminals import ROOT, Ran, kav_at_terminal, plain_environment

BARS = ("test", "configs/demo.test.yaml", "-k", "greeted")
SCRIPT = """
import sys
from pipeline.terminal.progress import progress, above_bar, say
with progress(4, "calls") as bar:
    bar.advance(2, ", 1 failed")
    {}
print("the end")
"""


def ran(work: str) -> Ran:
    """Run lines of code inside a bar's block on a terminal."""
    return kav_at_terminal(script=SCRIPT.format(work))


def test_a_bar_is_drawn_and_erased() -> None:
    """The screen in the end has the output of a pipe alone, with and without colours."""
    for colourless in ("", "1"):
        done = kav_at_terminal(*BARS, NO_COLOR=colourless)
        assert "░ 0/2 tests" in done.text and "█ 2/2 tests" in done.text
        assert done.screen.split("\n")[-2].startswith("2 tests, all passed") and "█" not in done.screen
        assert ("\x1b" in done.output) == (not colourless)


def test_a_terminal_that_cannot_go_back_has_no_bar() -> None:
    """TERM=dumb: the same as in a pipe."""
    assert "█" not in kav_at_terminal(*BARS, TERM="dumb").output


def test_a_pipe_has_no_bar() -> None:
    """The standard error stays empty."""
    command = [sys.executable, "run.py", *BARS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=plain_environment(), check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"") and "█".encode() not in done.stdout


@pytest.mark.parametrize("arguments", [("test", "configs/demo.test.yaml"), ("storm", "--calls", "40")])
def test_ctrl_c_leaves_no_bar(arguments: tuple[str, ...]) -> None:
    """The exit code is that of an interruption, and the line is empty again; processes of the verb say nothing."""
    done = kav_at_terminal(*arguments, interrupt_at="0/")
    assert done.code == 130 and "░" not in done.screen and "Traceback" not in done.output


@pytest.mark.parametrize("work", ["say('a line')", "say('a line', sys.stdout)", "print(above_bar('a line'))"])
def test_lines_that_are_printed_stand_above_the_bar(work: str) -> None:
    """Verdicts, errors and the log: whole, and nothing of the bar remains beside them."""
    done = ran(work)
    assert done.screen.split("\n") == ["a line", "the end", ""]
    assert "█░" in done.text and "2/4 calls, 1 failed" in done.text


def test_an_error_leaves_no_bar() -> None:
    """The message has the line for itself."""
    done = ran("raise SystemExit('wrong')")
    assert done.screen.split("\n") == ["wrong", ""] and done.code == 1


def test_a_narrow_terminal_cuts_the_bar() -> None:
    """A bar that were wider than the line would stay on it."""
    done = kav_at_terminal(*BARS, columns=20)
    drawn = [each for each in done.text.replace("\n", "\r").split("\r") if set("█░") & set(each)]
    assert drawn and max(map(len, drawn)) < 20 and "█" not in done.screen
