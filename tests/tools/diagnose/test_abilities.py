"""The log lines of tools, as calls write them today, are known to `diagnose`."""

from __future__ import annotations

import pytest

from pipeline.testing import voice
from pipeline.tool import ToolFailed, ToolUnknown
from pipeline.tools.diagnose.diagnosis import Diagnosis, diagnosed
from tests.kit.logs import text
from tests.kit.tooled import Make, Slow, play

ASK = (0.5, voice(0.6))


@pytest.mark.parametrize(
    ("tool", "stage", "says"),
    [
        (Slow("look", 0.3), "healthy", "answered"),
        (Slow("look", 0.3, ToolFailed("no such listing")), "a tool", "failed"),
        (Slow("look", 0.3, ToolUnknown("the line broke"), effect=True), "a tool", "not known whether"),
        (Slow("look", 0.3, KeyError("listing")), "a tool", "raised an exception"),
    ],
)
def test_a_calls_own_lines_say_how_its_tool_ended(agent: Make, tool: Slow, stage: str, says: str) -> None:
    """Of a tool that works and of one that does not."""
    played = play(agent(["rooms"], [[{"use": "look"}], "There you are."]), [tool], [ASK], 8)
    lines = [line for told in played.log for line in str(told).split("\n")]
    (found,) = diagnosed(lines)
    assert found.stage == stage and says in found.says and found.figures["uses of tools"] == 1


@pytest.mark.parametrize(
    ("name", "line", "do"),
    [
        ("kav_transfer_comes_back", "RETURNED no-answer", "`ring`"),
        ("kav_tool_refused_often", "TOOL book_viewing refused", "`about`"),
        ("kav_tool_withdrawn_often", "TOOL book_viewing withdrawn", "`hold`"),
        ("kav_outbox_full", "OUTBOX cannot be written", "make room"),
        ("kav_never_delivered", "is dead: 400", "outbox send CONFIG --dead"),
    ],
)
def test_the_line_is_shown_with_what_to_do(name: str, line: str, do: str) -> None:
    """Each bad one has its own advice."""
    found: Diagnosis
    (found,) = diagnosed(text(name))
    assert any(line in shown for _, shown in found.evidence) and do in found.do


def test_a_tool_that_works_in_the_end_is_no_fault() -> None:
    """What failed once and was read back is done, and the second stream of a transfer is no broken one."""
    (found,) = diagnosed(text("kav_tools_healthy"))
    assert found.healthy and found.figures["uses of tools"] == 7 and found.figures["entries on the keypad"] == 1
    (came_back,) = diagnosed(text("kav_transfer_comes_back"))
    assert came_back.figures["transfers"] == 1
