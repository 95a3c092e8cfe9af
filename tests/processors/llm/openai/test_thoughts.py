"""Thoughts in front of a reply, which are not spoken."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.llm.openai.thoughts import Thoughts
from tests.kit.asking import ask, script

REPLIES = {
    "Hello there.": "Hello there.",
    "<think>a caller</think>Hello.": "Hello.",
    "\n<think>\n\n</think>\n\nHello.": "Hello.",
    "<think>one </thin k> two</think> Hello </think>.": "Hello </think>.",
    "<thin ice": "<thin ice",
    "<thi": "<thi",
    "<think>and it never ends": "",
    "a <think>b</think>": "a <think>b</think>",
    "": "",
}


@given(st.sampled_from(sorted(REPLIES)), st.lists(st.integers(0, 60)))
def test_however_a_reply_is_cut(text: str, cuts: list[int]) -> None:
    """In pieces of any size, the same is left."""
    thoughts, at = Thoughts(), [0, *sorted(cuts), len(text)]
    pieces = [text[begin:end] for begin, end in pairwise(at)]
    assert "".join(map(thoughts.leave_out, pieces)) + thoughts.rest() == REPLIES[text]


@pytest.mark.parametrize("text", ["<think>They ask for a room.</think>We have one.", "We have one."])
def test_a_reply_of_a_model_that_thinks(text: str) -> None:
    """The caller hears the reply alone."""
    said, ends, _, faults = ask(script(text))
    assert " ".join(said) == "We have one." and ends == ["done"] and faults == 0


def test_thoughts_without_a_reply() -> None:
    """They are an empty reply: it is asked for once more, and then the caller is told something."""
    said, _, server, _ = ask(script("<think>No end of it"))
    assert len(server.requests) == 2 and "think" not in " ".join(said)
