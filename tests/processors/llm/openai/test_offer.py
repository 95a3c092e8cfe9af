"""The tools in a request: offered, known and not to be used, or told in words."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.conversation import Message
from pipeline.standins.openai import Ask, Fault
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.offer import Offer
from tests.kit.asked import ask
from tests.kit.asking import script
from tests.kit.tools import BOOK, FIND, use

ASKED = Ask((("find_listings", {"city": "Acre"}),))
HISTORY = [Message("user", "Acre?"), Message("assistant", "There are two."), Message("user", "Book one.")]


def test_tools_are_offered() -> None:
    """Each with its name, its words and the schema of its arguments; nothing else is set."""
    (body,) = ask(script(ASKED)).requests
    assert set(body) == {"model", "messages", "stream", "tools"}
    assert body["tools"][0] == {
        "type": "function",
        "function": {
            "name": "find_listings",
            "description": "Looks up flats.",
            "parameters": FIND.arguments.schema(),
        },
    }
    assert [it["function"]["name"] for it in body["tools"]] == ["find_listings", "book"]


def test_without_tools_a_request_is_what_it_was() -> None:
    """To the byte: no field of it has to do with tools."""
    (body,) = ask(script("Yes."), tools=(), instructions="Dana.", manner="", secrecy=0).requests
    assert body == {
        "model": "small",
        "messages": [{"role": "system", "content": "Dana."}, {"role": "user", "content": "Acre?"}],
        "stream": True,
    }


def test_words_only() -> None:
    """The same tools are told, as the history has uses of them, and none can be asked for: not even against it."""
    bits = ask(script(ASKED, "There are two."), words_only=True)
    assert [body["tool_choice"] for body in bits.requests] == ["none"] * 2 and bits.requests[0]["tools"]
    assert (bits.words, bits.known, bits.uses) == ("There are two.", [], [])


REFUSALS = [
    (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
    (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    (500, "tools param requires --jinja flag"),
    (404, "No endpoints found that support tool use"),
    (400, "Function call is missing a thought_signature in functionCall parts."),
    (422, "messages.2.content: Input should be a valid string"),
]


@pytest.mark.fault("J34")
@pytest.mark.parametrize(("status", "text"), REFUSALS)
def test_a_server_that_knows_no_tools_is_told_of_them_in_words(status: int, text: str) -> None:
    """In the form that most open models know, and their uses as well; the answer's are read from its text."""
    wanted = '<tool_call>{"name": "book", "arguments": {"city": "Acre"}}</tool_call>'
    refused = Fault(status=status, code="x", message=text)
    bits = ask(script(wanted, faults=[refused]), history=HISTORY, uses=[use(1, 1)], instructions="Dana.", secrecy=0)
    assert bits.uses == [("book", {"city": "Acre"})] and not bits.written and not bits.words
    before, after = bits.requests
    assert "tools" in before and "tools" not in after
    prompt, *told = after["messages"]
    assert prompt["content"].startswith("Dana.") and '"name":"find_listings"' in prompt["content"]
    assert told == [
        {"role": "user", "content": "Acre?"},
        {
            "role": "assistant",
            "content": '<tool_call>{"name": "find_listings", "arguments": {"city":"Acre"}}</tool_call>',
        },
        {"role": "user", "content": '<tool_response>{"count":2}</tool_response>'},
        {"role": "assistant", "content": "There are two."},
        {"role": "user", "content": "Book one."},
    ]


@pytest.mark.parametrize(
    ("status", "text", "tries"),
    [
        (400, "maximum context length is 8 tokens: 6 in the messages, 5 in the functions", 2),
        (500, "Failed to parse tool call arguments as JSON", 2),
        (404, "model 'llama3-groq-tool-use' not found", 1),
        (400, "temperature is out of range", 1),
    ],
)
def test_other_refusals_do_not_take_the_tools_away(status: int, text: str, tries: int) -> None:
    """Though some have words of tools in them."""
    what = script(ASKED, faults=[Fault(status=status, code="x", message=text)])
    if tries == 1:
        with pytest.raises(ProviderFault):
            ask(what)
        return
    bits = ask(what, history=HISTORY)
    assert len(bits.requests) == 2 and "tools" in bits.requests[1] and bits.uses


def test_an_offer_of_nothing() -> None:
    """It leaves the conversation as it is."""
    lines: list[dict[str, Any]] = [{"role": "user", "content": "x"}]
    assert Offer().in_words(lines) == lines and Offer().parameters() == {}
    assert Offer((BOOK,)).in_words(lines)[0]["role"] == "system"
