"""The words of a chat completion as they stream in, whatever else the stream may hold.

Source: the streaming format of OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat-streaming,
inside server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Any

import msgspec

from pipeline.settings import Secret
from processors._shared.openai_client import ProviderFault, clean

LONGEST_LINE = 64 * 1024  # bytes; a token's chunk has a few hundred
BROKEN = 3  # chunks that may be dropped; with more of them, what is left is no answer

_FIELDS = (b"event:", b"id:", b"retry:", b":")  # the rest of what a stream of events may have


class Piece(msgspec.Struct, frozen=True):
    """Some of the reply's text, or why it has ended: stop, length, content_filter, tool_calls."""

    text: str = ""
    finish: str = ""


class _Text(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Text | None = None
    message: _Text | None = None  # of a server that does not stream
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: Any = None


_chunk = msgspec.json.Decoder(_Chunk)


async def pieces(body: AsyncIterable[bytes], key: Secret) -> AsyncGenerator[Piece, None]:
    """Yield the pieces of a reply; what comes after its end is read and says nothing.

    Up to three broken chunks are dropped. Raises ProviderFault for more of them, for an error in the stream, for a line
    longer than 64 kB, and for a stream that breaks off.
    """
    broken, ended = 0, False
    async with aclosing(_lines(body)) as lines:
        async for line in lines:
            if line.removeprefix(b"data:").strip() == b"[DONE]":
                if not ended:
                    yield Piece(finish="stop")
                ended = True
                continue
            if ended or not line or line.startswith(_FIELDS):
                continue
            try:
                piece = _piece(line, key)
            except (msgspec.MsgspecError, RecursionError):
                broken += 1
                if broken > BROKEN:
                    raise ProviderFault(f"{broken} chunks of the reply were broken") from None
                continue
            if piece.text or piece.finish:
                yield piece
            ended = bool(piece.finish)
    if not ended:
        raise ProviderFault("the reply broke off")


def _piece(line: bytes, key: Secret) -> Piece:
    """What a line says; raises DecodeError or ValidationError if it is broken, ProviderFault if it is an error."""
    chunk = _chunk.decode(line[5:] if line.startswith(b"data:") else line)
    if chunk.error:
        told = chunk.error if isinstance(chunk.error, dict) else {"message": chunk.error}
        text = " ".join(str(told[name]) for name in ("code", "message") if told.get(name))
        raise ProviderFault(clean(text, key), code=str(told.get("code") or ""))
    if not chunk.choices:
        return Piece()
    choice = chunk.choices[0]
    said = choice.delta or choice.message
    return Piece((said and said.content) or "", choice.finish_reason or "")


async def _lines(body: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """The lines of a body, without their ends."""
    held = b""
    async for data in body:
        *whole, held = (held + data).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        if len(held) > LONGEST_LINE:
            raise ProviderFault(f"a line of the reply is longer than {LONGEST_LINE // 1024} kB")
    if held:
        yield held


def is_looping(text: str) -> bool:
    """Whether a text ends in the same few letters over and over: at least six times, and 36 letters in all."""
    for period in range(1, 41):
        times = max(6, -(-36 // period))
        tail = text[-period * times :]
        if len(tail) == period * times and tail == tail[:period] * times:
            return bool(tail.strip())
    return False
