"""A dialogue with the OpenAI stand-in, through the real client library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pipeline.faults import ConfigError
from pipeline.frames import ReplyEnded, ReplyText, Transcript
from pipeline.settings import Secret
from pipeline.standins.openai import OpenAi, Script
from processors.llm.openai.dialogue import OpenAiDialogue
from processors.llm.openai.settings import OpenAiSettings
from tests.kit.alone import run
from tests.kit.bench import Bench, bench
from tests.kit.chain import chain

KEY = "sk-canary-0123456789abcdef"


def script(*replies: Any, **changed: Any) -> Script:
    """A server that does not keep anybody waiting."""
    said: dict[str, Any] = {"replies": replies} if replies else {}
    return Script(**{"first_token": 0.0, "tokens_per_second": 100_000.0, **said, **changed})


def settings(server: OpenAi, **changed: Any) -> OpenAiSettings:
    return OpenAiSettings(**{"model": "small", "key": Secret(KEY), "base_url": server.url, "warm_up": False, **changed})


@asynccontextmanager
async def asking(
    what: Script | None = None, language: str = "en-US", call: dict[str, Any] | None = None, **changed: Any
) -> AsyncIterator[tuple[OpenAi, Bench]]:
    """A server and a dialogue that asks it."""
    async with OpenAi(what or script()) as server:
        async with bench(OpenAiDialogue, settings(server, **changed), language=language, **(call or {})) as dialogue:
            yield server, dialogue
        for request in server.requests:
            await request.over.wait()  # nothing stays open


def ask(what: Script | None, *questions: str, **changed: Any) -> tuple[list[str], list[str], OpenAi, int]:
    """Ask one question after the other, each answer heard to its end.

    Gives back what was said, why each reply ended, the server, and the call's count of faults.
    """

    async def main() -> tuple[list[str], list[str], OpenAi, int]:
        async with asking(what, **changed) as (server, dialogue):
            for number, question in enumerate(questions or ("what now",), 1):
                dialogue.put(Transcript(0, question))
                await dialogue.until(ReplyEnded, number)
                dialogue.processor.heard(" ".join(dialogue.processor.pieces))
            said = [it.text for it in dialogue.of(ReplyText)]
            return said, [it.reason for it in dialogue.of(ReplyEnded)], server, dialogue.call.faults

    return run(main())


def body(server: OpenAi, number: int = -1) -> dict[str, Any]:
    return server.requests[number].body


def told(server: OpenAi, number: int = -1) -> list[tuple[str, str]]:
    return [(line["role"], line["content"]) for line in body(server, number)["messages"]]


CONFIG = chain("language: he-IL\n", llm='llm.openai: {model: small, key: "${KEY}", %s}')


def faults(config: Callable[..., Any], fields: str) -> list[tuple[int, str]]:
    with pytest.raises(ConfigError) as found:
        config(CONFIG % fields, env={"KEY": KEY})
    return [(fault.line, fault.text) for fault in found.value.faults]
