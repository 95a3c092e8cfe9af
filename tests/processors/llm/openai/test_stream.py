"""The dialects of streams: the places in which servers put a reply's words, and the ends that they give it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import Secret
from pipeline.standins.openai.script import Fault
from pipeline.text.fixed import PHRASES
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.stream import Chunks
from tests.kit.asking import ask, script


def lines(*choices: dict[str, Any], done: bool = True) -> bytes:
    """A body of one chunk for each choice."""
    sent = [f"data: {json.dumps({'choices': [each]}, ensure_ascii=False)}\n\n" for each in choices]
    return ("".join(sent) + "data: [DONE]\n\n" * done).encode()


def read(body: bytes, *cuts: int) -> tuple[str, str]:
    """The words of a body that comes in pieces, and its last finish reason."""
    chunks, at = Chunks(Secret("")), [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    parts = [body[begin:end] for begin, end in pairwise(at)]
    pieces = [*(piece for part in parts for piece in chunks.feed(part)), chunks.end()]
    return "".join(it.text for it in pieces), next((it.finish for it in reversed(pieces) if it.finish), "")


CONTENTS = [
    "Hello.",
    [{"type": "text", "text": "Hello."}],
    [{"type": "text", "text": "Hel"}, {"type": "output_text", "text": "lo."}],
    ["Hel", "lo."],
    {"type": "text", "text": "Hello."},
    [{"type": "thinking", "thinking": [{"type": "text", "text": "hours"}]}, {"type": "text", "text": "Hello."}],
    [{"type": "reasoning", "text": "hours"}, {"type": "text", "text": {"value": "Hello."}}],
    [{"type": "tool_use", "name": "book", "input": {}}, {"text": "Hello."}],
    [{"type": "refusal", "refusal": "Hello."}],
]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
@given(cuts=st.lists(st.integers(0, 300), max_size=4))
def test_content_is_text_or_parts(content: Any, cuts: list[int]) -> None:
    """Parts that are thoughts or calls of tools are not spoken."""
    assert read(lines({"delta": {"content": content}}), *cuts)[0] == "Hello."


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "thinking", "tool_calls", "audio"])
def test_thoughts_in_a_field_of_their_own(field: str) -> None:
    """They are not spoken, of whatever type."""
    for value in ("hours", ["hours"], {"text": "hours"}, None):
        assert read(lines({"delta": {field: value}}, {"delta": {"content": "Hello."}}))[0] == "Hello."


def test_words_outside_the_content() -> None:
    """A refusal in its field, and the text of plain completions."""
    assert read(lines({"delta": {"content": None, "refusal": "Hello."}}))[0] == "Hello."
    assert read(lines({"text": "Hello."}))[0] == "Hello."


def test_a_finish_reason_does_not_end_the_words() -> None:
    """Some servers send one with each chunk, others some words behind it."""
    each = [{"delta": {"content": word}, "finish_reason": "stop"} for word in ("Hello, ", "you ", "there.")]
    assert read(lines(*each)) == ("Hello, you there.", "stop")
    late: list[dict[str, Any]] = [{"delta": {"content": "Hello, "}}, {"delta": {}, "finish_reason": "stop"}]
    assert read(lines(*late, {"delta": {"content": "you there."}}, done=False))[0] == "Hello, you there."


def test_a_body_that_ends_without_either() -> None:
    """It broke off."""
    with pytest.raises(ProviderFault, match="broke off"):
        read(lines({"delta": {"content": "Hello."}}, done=False))


@pytest.mark.parametrize("finish", ["length", "MAX_TOKENS", "content_filter", "SAFETY", "model_length", "error"])
def test_a_reply_that_is_cut(finish: str) -> None:
    """By any of the names of the reason."""
    said, ends, _, faults = ask(script(faults=[Fault(text="We are open. Come in and", finish=finish)]))
    assert (said, ends, faults) == (["We are open.", PHRASES["en"]["cut"]], ["failed"], 1)


@pytest.mark.parametrize("finish", ["stop", "eos", "end_turn", "STOP", "stop_sequence", "eos_token"])
def test_a_reply_that_is_whole(finish: str) -> None:
    """By any of the names of the reason."""
    said, ends, *_ = ask(script(faults=[Fault(text="We are open.", finish=finish)]))
    assert (said, ends) == (["We are open."], ["done"])
