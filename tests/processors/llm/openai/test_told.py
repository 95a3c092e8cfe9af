"""The conversation that a model is told: no half of a use in it, whatever was interrupted, trimmed or halved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.conversation import Message
from pipeline.memory import Use
from pipeline.vocabulary import UseOutcome
from processors.llm.openai.model import alternating, without_system
from processors.llm.openai.offer import Offer
from processors.llm.openai.told import Line, halved, lines
from tests.kit.tools import FIND, use

PROMPT: Line = {"role": "system", "content": "Dana."}
NAMES = st.sampled_from(["find_listings", "find listings!", "", "מצא", "x" * 99])
ARGUMENTS = st.sampled_from(["", "{}", '{"city":"Acre"}', '{"city', "[]", "null", '{"a":' * 3000, "\ud800"])


@st.composite
def calls(draw: Any) -> tuple[list[Message], list[Use]]:
    """A conversation that alternates, with uses of any outcome anywhere in it."""
    count, first = draw(st.integers(0, 9)), draw(st.booleans())
    history = [Message("user" if (at + first) % 2 else "assistant", f"line {at}") for at in range(count)]
    places = sorted(draw(st.lists(st.integers(0, 12), max_size=6)))
    outcome = st.none() | st.sampled_from(list(UseOutcome))
    return history, [
        use(n, at, draw(NAMES), draw(ARGUMENTS), outcome=draw(outcome), told=draw(st.booleans()))
        for n, at in enumerate(places, 1)
    ]


def check(told: list[Line]) -> None:
    """Each asking has its result right behind it, and each result its asking; names, ids and arguments are valid."""
    waiting = ""
    for line in told:
        if line["role"] == "tool":
            assert waiting and line["tool_call_id"] == waiting and json.loads(line["content"])
            waiting = ""
            continue
        assert not waiting
        if "tool_calls" in line:
            (asked,) = line["tool_calls"]
            waiting, function = asked["id"], asked["function"]
            assert len(waiting) == 9 and waiting.isalnum()
            assert function["name"].isascii() and 0 < len(function["name"]) <= 64 and " " not in function["name"]
            assert isinstance(json.loads(function["arguments"]), dict)
            json.dumps(line, ensure_ascii=False).encode()
    assert not waiting


@pytest.mark.fault("J33")
@given(calls(), st.integers(1, 5))
def test_no_half_of_a_use(call: tuple[list[Message], list[Use]], turns: int) -> None:
    """However much is told, in every form, and halved until nothing is left."""
    history, uses = call
    told = [PROMPT, *lines(history, uses, turns)]
    while True:
        check(told)
        for form in (alternating, without_system):
            check(form(told))
        if len(told) < 3 or halved(told) == told:
            break
        told = halved(told)


@given(calls(), st.integers(1, 5))
def test_the_words_are_those_of_a_call_without_tools(call: tuple[list[Message], list[Use]], turns: int) -> None:
    """The uses stand between them."""
    history, uses = call
    words = [line for line in lines(history, uses, turns) if "tool_calls" not in line and line["role"] != "tool"]
    assert words == lines(history, [], turns) and sum(line["role"] == "user" for line in words) <= turns


@given(calls(), st.integers(1, 5), st.booleans())
def test_the_uses_in_words(call: tuple[list[Message], list[Use]], turns: int, words_only: bool) -> None:
    """For a server that knows no tools: roles and text alone, which any form of conversation takes."""
    history, uses = call
    told = alternating(Offer((FIND,), words_only).in_words([PROMPT, *lines(history, uses, turns)]))
    assert all(set(line) == {"role", "content"} and line["role"] != "tool" for line in told)
    assert ("find_listings" in told[0]["content"]) == (not words_only)


def test_a_use_stands_where_it_was_asked_for() -> None:
    """Behind the question, before the answer; one under way is told as such."""
    history = [Message("user", "Acre?"), Message("assistant", "There are two."), Message("user", "Book.")]
    running = use(2, 3, "book", outcome=None, result="", told=False)
    told = lines(history, [use(1, 1), running], 20)
    assert [line["role"] for line in told] == ["user", "assistant", "tool", "assistant", "user", "assistant", "tool"]
    assert told[1]["content"] is None and told[1]["tool_calls"] == [
        {
            "id": "use000001",
            "type": "function",
            "function": {"name": "find_listings", "arguments": '{"city":"Acre"}'},
        }
    ]
    assert told[2] == {"role": "tool", "tool_call_id": "use000001", "content": '{"count":2}'}
    assert told[-1]["content"] == '{"state":"still running"}'


def test_a_result_without_a_question_is_told_last() -> None:
    """As no server takes a conversation that ends with the agent's own words."""
    history = [Message("user", "Acre?"), Message("assistant", "One moment.")]
    assert [line["role"] for line in lines(history, [use(1, 1, told=False)], 20)] == [
        *("user", "assistant"),
        *("assistant", "tool"),
    ]
    assert [line["role"] for line in lines(history, [use(1, 1, told=True)], 20)][-1] == "assistant"


def test_a_result_that_the_caller_has_not_heard_is_to_be_told_with_the_next_answer() -> None:
    """A line that is in no later request says so; with the result at the end none is needed."""
    history = [Message("user", "Acre?"), Message("assistant", "One moment."), Message("user", "And a lift?")]
    untold = use(1, 1, told=False)
    assert "result of find_listings" in lines(history, [untold], 20, [untold])[-1]["content"]
    for told in (history[:2], history[:1]):
        assert lines(told, [untold], 20, [untold])[-1]["role"] == "tool"


def test_the_question_stays_when_the_half_is_left_out() -> None:
    """A half of uses alone would be no conversation."""
    history = [Message("user", "Acre?")]
    told = halved([PROMPT, *lines(history, [use(number, 1) for number in (1, 2, 3)], 20)])
    assert told[:2] == [PROMPT, {"role": "user", "content": "Acre?"}] and len(told) == 4
    check(told)


@pytest.mark.parametrize(("outcome", "result"), [(UseOutcome.UNKNOWN, '{"state":"unknown"}'), (None, "")])
def test_an_outcome_without_a_result(outcome: UseOutcome | None, result: str) -> None:
    """It is told by its word; a result of a use under way is not told."""
    told = lines([Message("user", "x")], [use(1, 1, outcome=outcome, result="")], 20)
    assert told[-1]["content"] == (result or '{"state":"still running"}')
