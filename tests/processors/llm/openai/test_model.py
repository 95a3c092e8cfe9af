"""The forms of conversation that models accept: the first one that is not refused is kept for all calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from pipeline.frames import ReplyEnded, ReplyText, Transcript
from pipeline.standins.openai.wire import chunk
from processors.llm.openai.dialogue import OpenAiDialogue
from processors.llm.openai.model import OPENING, alternating, without_system
from processors.llm.openai.settings import OpenAiSettings
from processors.llm.openai.told import Line
from tests.kit.alone import run
from tests.kit.bench import bench
from tests.kit.tools import use

LINES = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.sampled_from(["", " ", "a", "b c"])))


def told(lines: Any) -> list[Line]:
    return [{"role": role, "content": content} for role, content in lines]


@given(LINES)
def test_the_two_roles_in_turn(lines: list[tuple[str, str]]) -> None:
    """The caller's first, none of them blank, and no word is lost or changes sides."""
    formed = alternating(told(lines))
    roles = [line["role"] for line in formed if line["role"] != "system"]
    assert roles[0] == "user" and all(one != other for one, other in pairwise(roles))
    assert all(line["content"].strip() for line in formed)
    for role in ("user", "assistant"):
        words = " ".join(content for each, content in lines if each == role).split()
        assert (
            " ".join(line["content"] for line in formed if line["role"] == role).replace(OPENING, "").split() == words
        )


@given(LINES)
def test_without_a_system_line(lines: list[tuple[str, str]]) -> None:
    """The prompt begins the caller's first line."""
    formed = without_system(told(lines))
    assert formed[0]["role"] == "user" and "system" not in {line["role"] for line in formed}
    prompt = " ".join(content for role, content in lines if role == "system").split()
    assert formed[0]["content"].split()[: len(prompt)] == prompt


def alternates(lines: list[Line]) -> str:
    roles = [line["role"] for line in lines if line["role"] != "system"]
    wrong = roles[:1] != ["user"] or any(one == other for one, other in pairwise(roles))
    return "Conversation roles must alternate user/assistant/user/assistant/..." if wrong else ""


def no_system(lines: list[Line]) -> str:
    return "System role not supported" if lines[0]["role"] == "system" else alternates(lines)


def no_tool_role(lines: list[Line]) -> str:
    unknown = {line["role"] for line in lines} - {"system", "user", "assistant"}
    return "Only user and assistant roles are supported!" if unknown else alternates(lines)


def no_temperature(lines: list[Line]) -> str:
    return "Unsupported value: 'temperature'"


@asynccontextmanager
async def picky(refuses: Any, status: int = 400) -> AsyncIterator[tuple[str, list[Any]]]:
    """A server that refuses some conversations; its address, and the conversations that it was sent."""
    asked: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((await request.json())["messages"])
        if text := refuses(asked[-1]):
            return web.json_response({"error": {"message": text}}, status=status)
        return web.Response(body=chunk({"content": "We are open."}, "stop") + b"data: [DONE]\n\n")

    async def page(_: web.Request) -> web.Response:
        return web.json_response({"id": "small", "object": "model"})

    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", answer), web.get("/v1/models/{name}", page)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", asked
    finally:
        await runner.cleanup()


def settings(url: str, **changed: Any) -> OpenAiSettings:
    return OpenAiSettings(**{"model": "small", "base_url": url, "instructions": "Dana.", **changed})


async def answered(url: str, **changed: Any) -> tuple[list[str], int]:
    """The replies to two questions, after a greeting, and the faults."""
    async with bench(OpenAiDialogue, settings(url, **changed)) as dialogue:
        dialogue.processor.heard("Hello.")
        for number in (1, 2):
            dialogue.put(Transcript(0, "When?"))
            await dialogue.until(ReplyEnded, number)
            dialogue.processor.heard(" ".join(dialogue.processor.pieces))
        return [it.text for it in dialogue.of(ReplyText)], dialogue.call.faults


@pytest.mark.parametrize("refuses", [alternates, no_system])
@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_refused_form_is_changed_for_good(refuses: Any, status: int) -> None:
    """The caller notices nothing, and the next question is asked in the form that was accepted."""

    async def main() -> tuple[Any, list[Any]]:
        async with picky(refuses, status) as (url, asked):
            return await answered(url, warm_up=False, again="We are open again."), asked

    (said, faults), asked = run(main())
    assert said == ["We are open.", "We are open again."] and faults == 0
    assert [bool(refuses(lines)) for lines in asked][-2:] == [False, False] and len(asked) <= 4


@pytest.mark.parametrize("refuses", [alternates, no_system])
def test_the_warm_up_finds_the_form(refuses: Any) -> None:
    """So that no call waits for a refusal."""

    async def main() -> list[Any]:
        async with picky(refuses) as (url, asked):
            async with OpenAiDialogue.share(settings(url), (), "en-US"):
                warmed = len(asked)
            async with bench(OpenAiDialogue, settings(url)) as dialogue:
                dialogue.put(Transcript(0, "When?"))
                await dialogue.until(ReplyEnded)
            return asked[2 * warmed :]

    assert [refuses(lines) for lines in run(main())] == [""]


@pytest.mark.fault("J34")
def test_uses_are_told_in_words_to_a_template_without_them() -> None:
    """As the last form of all, which is kept: tools that were used before are known in it."""

    async def main() -> tuple[Any, list[Any]]:
        async with picky(no_tool_role) as (url, asked), bench(OpenAiDialogue, settings(url, warm_up=False)) as dialogue:
            dialogue.processor.heard("Hello.")
            dialogue.call.memory.uses.append(use(1, 2))
            for number in (1, 2):
                dialogue.put(Transcript(0, "When?"))
                await dialogue.until(ReplyEnded, number)
                dialogue.processor.heard("We are open.")
            return dialogue.call.faults, asked

    faults, asked = run(main())
    assert faults == 0 and [bool(no_tool_role(lines)) for lines in asked][-2:] == [False, False] and len(asked) <= 5
    assert "<tool_call>" in str(asked[-1]) and "<tool_response>" in str(asked[-1])


def test_another_refusal_is_no_matter_of_form() -> None:
    """It is not asked again."""

    async def main() -> tuple[Any, int]:
        async with picky(no_temperature) as (url, asked):
            return await answered(url, warm_up=False), len(asked)

    (_, faults), count = run(main())
    assert faults == 2 == count


@pytest.mark.parametrize(
    ("refuses", "answer"),
    [
        (alternates, "it is there; it takes conversations only with the two roles in turn, and gets them so"),
        (no_system, "it is there; it takes conversations only without a system line, and gets them so"),
        (lambda _: "", "it is there"),
    ],
)
def test_the_probe_tells_the_form(refuses: Any, answer: str) -> None:
    """`check --online` has a small conversation with the model."""

    async def main() -> str:
        async with picky(refuses) as (url, _):
            return await OpenAiDialogue.probe(settings(url), "en-US").ask()

    assert run(main()) == answer
