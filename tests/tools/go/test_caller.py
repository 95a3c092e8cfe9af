"""The caller of a GO test, and what it says."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import load
from pipeline.phone.script import Answer, InterruptAfter, Say, WaitReply, words
from pipeline.tools.go import caller
from pipeline.tools.go.options import GoOptions

CONFIGS = Path(__file__).parents[3] / "configs"


def test_the_caller_says_what_the_config_s_own_caller_says() -> None:
    """Its words in their order, the interrupting ones among them, each with the answer of a stand-in."""
    config = load(CONFIGS / "maximus_he.yaml")
    lines = caller.lines(GoOptions(target="x"), config)
    assert [[type(action) for action in line] for line in lines] == [[Say, Answer]] * 5
    assert "ארבעה חדרים" in words(line[0] for line in lines)
    assert [type(each) for each in caller.actions(GoOptions(target="x", steps=(2,)), config)][-3:] == [
        InterruptAfter,
        Answer,
        WaitReply,
    ]


def test_a_caller_who_was_told_nothing_speaks_the_agents_language() -> None:
    """Hebrew to a Hebrew agent, English to an address, unless told."""
    assert words(line[0] for line in caller.lines(GoOptions(target="http://x", language="he-IL"), None))[0].startswith(
        "שלום"
    )
    assert words(line[0] for line in caller.lines(GoOptions(target="http://x"), None))[0].startswith("Hello")
    assert len(caller.lines(GoOptions(target="http://x", say=("yes",)), None)) == 2
