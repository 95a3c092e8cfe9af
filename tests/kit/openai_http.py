"""Requests to OpenAI's stand-in, without its library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai

from pipeline.standins.openai import OpenAi
from pipeline.standins.openai.script import (
    Script,
)

USER = [{"role": "user", "content": "hello"}]


@asynccontextmanager
async def client(key: str = "k", wanted: str = "", **script: Any) -> AsyncIterator[Any]:
    quick = {"first_token": 0.0, "tokens_per_second": 1e5, "transcribing": 0.0, "first_sound": 0.0}
    async with (
        OpenAi(Script(key=wanted, **{**quick, **script})) as server,
        openai.AsyncOpenAI(api_key=key, base_url=server.url, max_retries=0) as opened,
    ):
        yield server, opened


async def chat(opened: Any, messages: list[dict[str, str]] = USER) -> tuple[str, str | None]:
    """The reply, streamed, and its finish reason."""
    text, finish = "", None
    async with await opened.chat.completions.create(model="m", messages=messages, stream=True) as stream:
        async for chunk in stream:
            if chunk.choices:
                text += (chunk.choices[0].delta and chunk.choices[0].delta.content) or ""
                finish = chunk.choices[0].finish_reason or finish
    return text, finish
