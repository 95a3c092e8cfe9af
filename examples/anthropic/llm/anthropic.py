"""A model of Anthropic's Messages API, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from kav import Dialogue, Duration, Message, ModelSettings, ProviderError, Secret, doc

VERSION = "2023-06-01"
OPENING = "(The caller is on the line.)"  # the API wants the user's words first, where an agent may greet first


class Anthropic(Dialogue):
    """Answers with a model of Anthropic's.

    Source: https://platform.claude.com/docs/en/build-with-claude/streaming
    """

    outside = "the network"

    class Settings(ModelSettings, frozen=True, kw_only=True):
        key: Annotated[Secret, doc("The API key.", sample="${ANTHROPIC_API_KEY}")]
        model: Annotated[str, doc("The model's name.", sample="${ANTHROPIC_MODEL}")]
        prompt: Annotated[str, doc("The instructions for the model.")] = "You answer a phone call. Be brief."
        max_tokens: Annotated[int, doc("The most tokens of a reply.", 1, 4096)] = 300
        connect: Annotated[Duration, doc("How long it may take to reach the server.", 0.1, 30)] = 2.0
        url: Annotated[str, doc("The server's address.")] = "https://api.anthropic.com"

        def lacks(self) -> Iterable[tuple[str, str]]:
            if not self.key:
                yield "key", "is blank; set the variable ANTHROPIC_API_KEY"
            if not self.model:
                yield "model", "is blank; set the variable ANTHROPIC_MODEL"

    settings: Settings
    shared: ClientSession

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[ClientSession]:
        limit = ClientTimeout(total=None, sock_connect=settings.connect)  # the time of an answer is the dialogue's own
        async with ClientSession(timeout=limit) as session:
            yield session

    async def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        settings = self.settings
        headers = {"x-api-key": settings.key.reveal(), "anthropic-version": VERSION}
        try:
            async with self.shared.post(
                f"{settings.url}/v1/messages", json=body(settings, history), headers=headers
            ) as response:
                if response.status != 200:
                    raise ProviderError(f"{response.status} {problem(await response.read())}")
                async for text in words(response.content):
                    yield text
        except ClientError as error:
            raise ProviderError(f"the connection failed: {type(error).__name__}") from None


def body(settings: Anthropic.Settings, history: list[Message]) -> dict[str, Any]:
    """Return the request of a conversation."""
    lines = [{"role": line.role, "content": line.text} for line in history]
    if lines[0]["role"] != "user":
        lines.insert(0, {"role": "user", "content": OPENING})
    return {
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "system": settings.prompt,
        "messages": lines,
        "stream": True,
    }


async def words(lines: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the text of a stream of events; raises ProviderError for an `error`, and for a stream that breaks off."""
    async for line in lines:
        if not line.startswith(b"data:"):  # the names of events, which their data repeat, and blank lines
            continue
        event = msgspec.json.decode(line[5:])
        match event.get("type"):
            case "content_block_delta" if event["delta"].get("type") == "text_delta":
                yield event["delta"]["text"]
            case "error":
                raise ProviderError(f"{event['error'].get('type')}: {event['error'].get('message')}")
            case "message_stop":
                return
    raise ProviderError("the stream broke off")


def problem(answer: bytes) -> str:
    """Return the message of an error's body, in a line of 200 characters at most."""
    try:
        text = str(msgspec.json.decode(answer)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        text = answer.decode(errors="replace")
    return " ".join(text.split())[:200]
