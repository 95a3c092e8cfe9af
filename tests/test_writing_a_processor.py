"""docs/writing-a-processor.md, run as it is written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.testing import play, voice

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/writing-a-processor.md").read_text(encoding="utf-8")
FILES = re.compile(r"```\w+\n(# (\S+)\n.*?)```", re.DOTALL)
COMMANDS = re.compile(r"^    \$ (.+)\n((?:(?:    .*)?\n)*?)(?=\n\S|    \$|\Z)", re.MULTILINE)
TOOK = re.compile(r" in [\d.]+s$", re.MULTILINE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files, from which its commands can be run."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "run.py").symlink_to(ROOT / "run.py")
    for text, name in FILES.findall(PAGE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def said(command: str, folder: Path) -> str:
    """What a command of the page prints."""
    arguments = [sys.executable if word == "python" else word for word in shlex.split(command)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_page_has_files_and_commands() -> None:
    """Or nothing would be run."""
    assert len(FILES.findall(PAGE)) == 6
    assert len(COMMANDS.findall(PAGE)) == 5


@pytest.mark.parametrize(("command", "shown"), COMMANDS.findall(PAGE), ids=lambda text: text.strip().split("\n")[0])
def test_each_command_prints_what_the_page_shows(desk: Path, command: str, shown: str) -> None:
    """To the letter, but for how long the tests took."""
    expected = "\n".join(line.removeprefix("    ") for line in shown.splitlines()).strip()
    assert TOOK.sub("", said(command, desk)).strip() == expected


def test_the_pages_model_answers_a_call(desk: Path) -> None:
    """It has all that a model has, with one method of its own."""
    call = play(load(desk / "mine/parrot.yaml"), [(1.0, voice(1.0))], seconds=8.0)
    assert call.said()[0] == "You said: hello."
