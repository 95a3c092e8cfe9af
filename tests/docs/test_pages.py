"""The pages that show commands, followed from their first line to their last."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.testing import play, voice
from tests.kit.pages import Block, Command, desk, do, read, steady, steps

COMMANDS = {
    "docs/go-live.md": 4,
    "docs/tour.md": 12,
    "docs/writing-a-processor.md": 6,
    "docs/own-provider.md": 2,
    "docs/keys-and-idle.md": 4,
    "docs/tools.md": 6,
    "docs/transfer.md": 2,
    "docs/privacy.md": 5,
}


@pytest.mark.parametrize("page", COMMANDS)
def test_each_command_prints_what_the_page_shows(page: str, tmp_path: Path) -> None:
    """To the letter, but for how long it took."""
    found, folder = list(steps(read(page))), desk(tmp_path)
    assert sum(isinstance(step, Command) for step in found) == COMMANDS[page]
    for step in found:
        printed = do(step, folder)
        if isinstance(step, Command):
            assert steady(printed) == steady(step.shown), step.line


def test_the_model_of_ones_own_answers_a_call(tmp_path: Path) -> None:
    """It has all that a model has, with one method of its own."""
    for step in steps(read("docs/writing-a-processor.md")):
        if isinstance(step, Block):
            do(step, tmp_path)
    call = play(load(tmp_path / "mine/parrot.yaml"), [(1.0, voice(1.0))], seconds=8.0)
    assert call.said()[0] == "You said: hello."
