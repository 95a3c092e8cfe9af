"""One streamed chat completion: its request, and the words in it, whatever else the stream may hold.

Source: the streaming format of OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat-streaming,
inside server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

import msgspec

from pipeline.settings import Secret
from processors._shared.openai_client import PlainErrors, ProviderFault, clean

if TYPE_CHECKING:
    from openai import AsyncOpenAI

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


class Stream:
    """A context in which a chat completion streams in: `request` is its parameters, `key` is kept out of errors.

    The request is made by the first `next`. The end of the context closes the connection if something is still coming.
    """

    def __init__(self, client: AsyncOpenAI, request: dict[str, Any], key: Secret) -> None:
        self._client, self._request, self._key = client, request, key
        self._open = AsyncExitStack()
        self._body: AsyncIterator[bytes] | None = None
        self._chunks = Chunks(key)
        self._pieces: Iterator[Piece] = iter(())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        with PlainErrors(self._key):
            await self._open.__aexit__(*error)

    async def next(self) -> Piece:
        """Wait for the next piece; after the last, for the end of the body.

        Raises ProviderFault and TimeoutError, see `Chunks`. It may be cancelled; then the stream is of no more use.
        """
        while (piece := next(self._pieces, None)) is None:
            with PlainErrors(self._key):
                data = await anext(self._body or await self._ask(), None)
            if data is None:
                return self._chunks.end()
            self._pieces = self._chunks.feed(data)
        return piece

    async def _ask(self) -> AsyncIterator[bytes]:
        create = self._client.chat.completions.with_streaming_response.create
        response = await self._open.enter_async_context(create(**self._request))
        body: AsyncIterator[bytes] = response.iter_bytes()
        self._body = body
        return body


class Chunks:
    """The chunks of a completion's body → its pieces; what comes after the reply's end says nothing.

    Up to three broken chunks are dropped. Raises ProviderFault for more of them, for an error in the stream, for a line
    longer than 64 kB, and for a body that ends before the reply does.
    """

    def __init__(self, key: Secret) -> None:
        self._key = key
        self._held = b""  # a line that is not whole yet
        self._broken, self._ended = 0, False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the pieces that are whole by now; to be read to its end before more is fed."""
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            yield from self._line(line.rstrip(b"\r"))
        if len(self._held) > LONGEST_LINE:
            raise ProviderFault(f"a line of the reply is longer than {LONGEST_LINE // 1024} kB")

    def end(self) -> Piece:
        """Return the body's last piece."""
        held, self._held = self._held, b""
        if (piece := next(self._line(held), None)) is not None:
            return piece
        if not self._ended:
            raise ProviderFault("the reply broke off")
        return Piece(finish="stop")

    def _line(self, line: bytes) -> Iterator[Piece]:
        if self._ended or not line or line.startswith(_FIELDS):
            return
        if line.removeprefix(b"data:").strip() == b"[DONE]":
            self._ended = True
            yield Piece(finish="stop")
            return
        try:
            piece = _piece(line, self._key)
        except (msgspec.MsgspecError, RecursionError):
            self._broken += 1
            if self._broken > BROKEN:
                raise ProviderFault(f"{self._broken} chunks of the reply were broken") from None
            return
        self._ended = bool(piece.finish)
        if piece.text or piece.finish:
            yield piece


def _piece(line: bytes, key: Secret) -> Piece:
    """Read a line; raises DecodeError or ValidationError if it is broken, ProviderFault if it is an error."""
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


def is_looping(text: str) -> bool:
    """True if a text ends in the same few letters over and over: at least six times, and 36 letters in all."""
    for period in range(1, 41):
        times = max(6, -(-36 // period))
        tail = text[-period * times :]
        if len(tail) == period * times and tail == tail[:period] * times:
            return bool(tail.strip())
    return False
