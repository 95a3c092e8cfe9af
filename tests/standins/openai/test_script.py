"""The script of OpenAI's stand-in: replies, and faults in them."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from pipeline.standins.openai.script import (
    BROKEN_JSON,
    EMPTY,
    ENDLESS,
    ERROR_INSIDE,
    ERRORS,
    NO_CHOICES,
    NO_CONTENT,
    REPEATED,
    Ask,
    Fault,
    step_of,
)
from tests.kit.alone import run
from tests.kit.openai_http import USER, chat, client


@pytest.mark.parametrize("replies", [{"hello": "Hi."}, lambda messages: {"hello": "Hi."}[messages[-1]["content"]]])
def test_it_answers_what_it_is_asked(replies: dict[str, str]) -> None:
    """From a table by the last question, or by a function of the conversation."""

    async def main() -> tuple[str, str]:
        async with client(replies=replies) as (_, opened):
            return await chat(opened)

    assert run(main()) == ("Hi.", "stop")


def test_the_steps_of_a_question() -> None:
    """Each reply that asks for tools comes until their results are there; a new question begins anew."""
    both, one = Ask((("a", {}), ("b", {}))), Ask((("c", {}),), "One moment.")
    question, result = {"role": "user", "content": "x"}, {"role": "tool", "content": "{}"}
    told = [step_of([both, one, "Done."], [question, *[result] * count]) for count in range(5)]
    assert told == [both, both, one, "Done.", "Done."]
    assert step_of([both], [question, result, result]) is None
    assert step_of([both], [question, result, result, question]) is both


def test_it_asks_without_a_stream() -> None:
    """The uses are whole, beside the words."""

    async def main() -> Any:
        async with client(replies=[Ask((("a", {"b": 1}),), "One moment.")]) as (_, opened):
            return (await opened.chat.completions.create(model="m", messages=USER)).choices[0]

    choice = run(main())
    (asked,) = choice.message.tool_calls
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", "One moment.")
    assert (asked.function.name, asked.function.arguments) == ("a", '{"b":1}')


@pytest.mark.parametrize(("status", "code"), ERRORS)
def test_it_refuses_as_openai_does(status: int, code: str) -> None:
    """The library makes its own errors of it, with their code."""

    async def main() -> Any:
        async with client(always=Fault(status=status, code=code, retry_after="7")) as (_, opened):
            with pytest.raises(openai.APIStatusError) as found:
                await chat(opened)
            return found.value

    error = run(main())
    assert (error.status_code, error.code or "") == (status, code)
    assert error.response.headers["retry-after"] == "7" and error.message


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ERROR_INSIDE, openai.APIError),
        (BROKEN_JSON, ValueError),
        (Fault(cut=400), openai.APIConnectionError),
        (Fault(cut=0), openai.APIConnectionError),
    ],
    ids=["an error inside", "broken JSON", "cut", "cut at once"],
)
def test_its_streams_can_break(fault: Fault, error: type[Any]) -> None:
    """As the library sees it; the next request goes well."""

    async def main() -> None:
        async with client(faults=[fault], replies=["one two three four five"]) as (_, opened):
            with pytest.raises(error):
                await chat(opened)
            assert await chat(opened) == ("one two three four five", "stop")

    run(main())


@pytest.mark.parametrize("fault", [NO_CHOICES, NO_CONTENT], ids=["no choices", "no content"])
def test_its_streams_can_be_odd(fault: Fault) -> None:
    """Chunks without words are no fault."""

    async def main() -> tuple[str, str]:
        async with client(always=fault, replies=["one two three four five"]) as (_, opened):
            return await chat(opened)

    assert run(main()) == ("one two three four five", "stop")


def test_it_can_say_nothing_or_something_else() -> None:
    """An empty reply, another finish reason, none at all."""

    async def main() -> list[tuple[str, str | None]]:
        async with client(faults=[EMPTY, Fault(text="x", finish="length"), Fault(finish="")], replies=["y"]) as (
            _,
            opened,
        ):
            return [await chat(opened) for _ in range(3)]

    assert run(main()) == [("", "stop"), ("x", "length"), ("y", None)]


@pytest.mark.parametrize("fault", [ENDLESS, REPEATED], ids=["endless", "repeated"])
def test_it_can_go_on_for_ever(fault: Fault) -> None:
    """Until the client goes away, which it sees: the request is over, and nothing more is written."""

    async def main() -> None:
        async with client(always=fault) as (server, opened):
            stream = await opened.chat.completions.create(model="m", messages=USER, stream=True)
            words = 0
            async for _ in stream:
                words += 1
                if words == 20:
                    break
            assert server.open == 1
            await stream.close()
            await server.requests[0].over.wait()
            assert (server.open, server.requests[0].ended) == (0, "gone") and server.requests[0].late <= 1

    run(main())


@pytest.mark.parametrize("hang", ["request", "first", "between"])
def test_it_can_hang(hang: Any) -> None:
    """Wherever it is told to, until the client goes away."""

    async def main() -> None:
        async with client(always=Fault(hang=hang), replies=["one two three four five"]) as (server, opened):
            with pytest.raises((openai.APITimeoutError, openai.APIConnectionError)):
                await chat(opened.with_options(timeout=0.2))
            assert (await server.request(0)).path == "/v1/chat/completions"
            await server.requests[0].over.wait()
            assert server.requests[0].ended == "gone" and server.requests[0].written == (3 if hang == "between" else 0)

    run(main())
