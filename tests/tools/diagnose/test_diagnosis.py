"""`diagnose` says of each of these logs where the call stopped, and never fails on any text."""

from __future__ import annotations

import pytest

from pipeline.tools.diagnose.diagnosis import diagnosed
from tests.kit.logs import LOGS, STAGES, text


@pytest.mark.parametrize("name", STAGES)
def test_each_log_is_read_to_the_stage_at_which_its_call_stopped(name: str) -> None:
    """A sentence on what is wrong, the lines that show it as they stand in the log, and what to do."""
    found = diagnosed(text(name))
    assert ", ".join(each.stage for each in found) == STAGES[name].strip()
    for each in found:
        assert each.says and bool(each.do) is not each.healthy
        assert each.healthy or each.evidence or not each.certain


def test_every_log_has_its_stage() -> None:
    """None is left out of the table."""
    assert {path.stem for path in LOGS.glob("*.log")} == set(STAGES) and len(STAGES) >= 40


def test_what_a_log_says_moves_no_cursor() -> None:
    """Control characters in a caller's words come out as harmless ones."""
    (found,) = diagnosed(["WS_START sid=MZ1", "ASR_TEXT: a\x1b]0;title\x07\x9b2J", "WS_DONE sid=MZ1 rx=300 tx=0"])
    assert all(char.isprintable() or char == "\n" for char in str(found))
