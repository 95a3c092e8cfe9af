"""A caller whose recogniser has a session with OpenAI's stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipeline.agent import finish
from pipeline.settings import Secret
from pipeline.standins.openai import Fault, OpenAi, Script
from processors.asr.openai import OpenAiRecognizer
from processors.asr.openai.settings import OpenAiSettings
from tests.kit.google_caller import Caller

KEY = "sk-canary-0123456789"
MODEL = "gpt-live-transcribe"
FAST = {"opening": 0.0, "word_lag": 0.0, "completing": 0.0, "word_every": 0.1}
HEARD = ("one two three", "four five six")


def script(*faults: Fault | None, **changed: Any) -> Script:
    """A server that keeps nobody waiting, with these faults in its first sessions."""
    return Script(**{"heard": HEARD, "key": KEY, "faults": faults, **FAST, **changed})


def settings(server: OpenAi, **changed: Any) -> OpenAiSettings:
    given = {"model": MODEL, "key": Secret(KEY), "base_url": server.url, "stream": True, "timeout": 4.0}
    return OpenAiSettings(**{**given, **changed})


@asynccontextmanager
async def calling(told: Script | None = None, **changed: Any) -> AsyncIterator[tuple[OpenAi, Caller]]:
    """A call, and the server that it has sessions with; at its end none is open."""
    async with OpenAi(told or script()) as server:
        chosen = settings(server, **changed)
        async with OpenAiRecognizer.share(chosen, (), "en-US") as shared:
            caller = Caller(OpenAiRecognizer(chosen, shared), "en-US")
            try:
                yield server, caller
            finally:
                await finish(caller.chain, "done")
                for request in server.requests:
                    await request.over.wait()


def sent(server: OpenAi, session: int = 0) -> list[str]:
    """The kinds of events that a session got, without its sound."""
    return [event["type"] for event in server.sessions[session].events]


async def ended(server: OpenAi, number: int = 0) -> None:
    """Wait until a session has ended."""
    await server.request(number)
    await server.requests[number].over.wait()
