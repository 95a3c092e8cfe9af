"""Terminals for tests: a program in a pseudo-terminal, and the text that stands on the screen in the end."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

ROOT = Path(__file__).parents[2]
SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


class Ran(NamedTuple):
    """A program that has ended: its exit code, and all that it wrote to its terminal."""

    code: int
    output: str

    @property
    def text(self) -> str:
        """The output without colours and marks of direction, its line ends those of a file."""
        return re.sub("[\u2068\u2069]", "", SEQUENCE.sub("", self.output)).replace("\r\n", "\n")

    @property
    def screen(self) -> str:
        """The text that stands on the screen in the end: a carriage return goes back, and letters overwrite."""
        return "\n".join(map(_overwritten, self.text.split("\n")))


def kav_at_terminal(
    *arguments: str, script: str = "", interrupt_at: str = "", columns: int = 100, **variables: str
) -> Ran:
    """Run `run.py`, or the script, in a terminal of this width; SIGINT comes once `interrupt_at` is on the screen."""
    environment = {"TERM": "xterm", **plain_environment(), **variables}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command, output = [sys.executable, *(("-c", script) if script else ("run.py", *arguments))], ""
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as reader:
        for piece in _pieces(reader.fileno()):
            output += piece
            if interrupt_at and interrupt_at in output:
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all that run in it
                interrupt_at = ""
    return Ran(process.wait(60), output)


def plain_environment() -> dict[str, str]:
    """This process's environment without the variables that decide on colours."""
    return {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}


@contextmanager
def terminal() -> Iterator[tuple[TextIO, TextIO]]:
    """Yield a text stream that is a terminal, and one that reads all that was written to it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with open(theirs, "w", encoding="utf-8") as stream, open(ours, encoding="utf-8", newline="") as reader:  # noqa: PTH123
        yield stream, reader


def _pieces(source: int) -> Iterator[str]:
    rest = b""
    while True:
        try:
            data = os.read(source, 65536)
        except OSError:  # the last program that had the terminal has ended
            return
        if not data:
            return
        text = (rest + data).decode("utf-8", "ignore")
        rest = (rest + data)[len(text.encode()) :]
        yield text


def _overwritten(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown.rstrip()
