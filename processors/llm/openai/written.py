"""A question to a chat model in writing, for the work after a call: nobody waits, and the answer is one JSON object."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pipeline.providers.writing import Ask
from processors._shared.openai_client import PlainErrors, ProviderFault, client
from processors.llm.openai.question import PASSED
from processors.llm.openai.settings import OpenAiSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

PATIENCE = 60.0  # seconds for an answer
AS_JSON = {"response_format": {"type": "json_object"}}
UNKNOWN = (400, 404, 422)  # statuses of servers that do not know that parameter


@asynccontextmanager
async def writing(settings: OpenAiSettings) -> AsyncIterator[Ask]:
    """Open the client of these settings for questions in writing."""
    async with client(settings) as opened:

        async def ask(text: str) -> str:
            async with asyncio.timeout(PATIENCE):
                try:
                    return await _ask(opened, settings, text, AS_JSON)
                except ProviderFault as fault:
                    if fault.status not in UNKNOWN:
                        raise
                    return await _ask(opened, settings, text, {})

        yield ask


async def _ask(opened: AsyncOpenAI, settings: OpenAiSettings, text: str, form: dict[str, Any]) -> str:
    """Return the model's answer to one line, which every model takes; raises ProviderFault and TimeoutError."""
    told = {name: value for name in PASSED if (value := getattr(settings, name)) not in (None, "")}
    if settings.extra:
        told["extra_body"] = settings.extra
    lines: Any = [{"role": "user", "content": text}]
    with PlainErrors(settings):
        answer = await opened.chat.completions.create(model=settings.model, messages=lines, **told, **form)
    choices = getattr(answer, "choices", None) or ()
    return next((each.message.content for each in choices if each.message and each.message.content), "")
