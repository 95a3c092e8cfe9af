"""The pages of docs/ as somebody follows them: each file is written, each change made, each command run, in order.

`python -m tests.kit.pages docs/tour.md` follows a page and writes into it what its commands print now.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
STEPS = re.compile(
    r"^```(?P<kind>\w+)\n(?P<text>(?s:.*?))^```$"
    r"|^    \$ (?P<command>.+)\n(?P<shown>(?:(?:    .*)?\n)*?)(?=\n\S|    \$|\Z)",
    re.MULTILINE,
)
NAME = re.compile(r"\A# (\S*\.\w+)\b")
SET = re.compile(r"\A[A-Z_]+=")  # of a variable, before a command
VARIES = (  # what another run prints otherwise
    (re.compile(r" in [\d.]+s$", re.MULTILINE), ""),  # pytest
    (re.compile(r" *\+?\d+(\.\d+)? (m?s)\b"), r" 0 \2"),  # a call in real time
    (re.compile(r"\bCA[0-9a-f]{32}\b"), "CA…"),  # a call of its own
    (re.compile(r"\b\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?"), "2026-11-22"),
    (re.compile(r" *\b\d+\.\d(?=  (stop|closed|goodbye)\b)"), " 0.0"),  # seconds of a listed call
    (re.compile(r"\b\d+\.\d ([kM])B\b"), r"0.0 \1B"),
    (re.compile(r"\bsent \d+, received \d+, (.*), \d+ underruns?"), r"\1"),
)


class Block(NamedTuple):
    """A fenced block of a page."""

    kind: str
    text: str


class Command(NamedTuple):
    """A command of a page, and what the page says that it prints."""

    line: str
    shown: str


def read(page: str) -> str:
    """A page's text, by its path below the repository's folder."""
    return (ROOT / page).read_text(encoding="utf-8")


def steps(page: str) -> Iterator[Block | Command]:
    """What a page has to be done."""
    for found in STEPS.finditer(page):
        if found["command"]:
            yield Command(found["command"], "\n".join(line[4:] for line in found["shown"].splitlines()).strip())
        else:
            yield Block(found["kind"], found["text"])


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of one kind."""
    return [step.text for step in steps(page) if isinstance(step, Block) and step.kind == kind]


def desk(folder: Path) -> Path:
    """A folder in which a page can be followed."""
    (folder / "run.py").symlink_to(ROOT / "run.py")
    return folder


def do(step: Block | Command, folder: Path) -> str:
    """Do what a page says: of a command, what it printed. A file's first line has its name."""
    if isinstance(step, Command):
        return _run(step.line, folder)
    if step.kind == "diff":
        _change(step.text, folder)
    elif name := NAME.match(step.text):
        (folder / name[1]).parent.mkdir(parents=True, exist_ok=True)
        (folder / name[1]).write_text(step.text, encoding="utf-8")
    return ""


def anew(page: str, folder: Path) -> str:
    """A page's text with what its commands print now."""

    def told(found: re.Match[str]) -> str:
        if found["command"] is None:
            do(Block(found["kind"], found["text"]), folder)
            return found[0]
        lines = [f"$ {found['command']}", *_run(found["command"], folder).rstrip().splitlines()]
        return "".join(f"    {line}".rstrip() + "\n" for line in lines)

    return STEPS.sub(told, page)


def steady(text: str) -> str:
    """A command's output without what another run prints otherwise."""
    for pattern, instead in VARIES:
        text = pattern.sub(instead, text)
    return text.strip()


def _run(line: str, folder: Path) -> str:
    words = shlex.split(line)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}  # and nobody's accounts
    environment |= dict(word.split("=", 1) for word in takewhile(SET.match, words))
    arguments = [sys.executable if word == "python" else word for word in dropwhile(SET.match, words)]
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


def _change(diff: str, folder: Path) -> None:
    """Change a file as a diff says; each of its hunks stands in the file once."""
    head, *hunks = re.split(r"^@@\n", diff, flags=re.MULTILINE)
    path = folder / head.removeprefix("--- ").strip()
    text = path.read_text(encoding="utf-8")
    for hunk in hunks:
        lines = [(line[:1], f"{line[1:]}\n") for line in hunk.splitlines()]
        old = "".join(line for mark, line in lines if mark != "+")
        assert text.count(old) == 1, f"{path.name} does not have this once:\n{old}"
        text = text.replace(old, "".join(line for mark, line in lines if mark != "-"))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with TemporaryDirectory() as somewhere:
            (ROOT / name).write_text(anew(read(name), desk(Path(somewhere))), encoding="utf-8")
