"""A streamed chat completion: its request, and the parser of its body.

Source: the streaming format of OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat-streaming,
inside server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

import msgspec

from pipeline.settings import Secret
from processors._shared.openai_client import Account, PlainErrors, ProviderFault, clean

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LONGEST_LINE = 256 * 1024  # bytes; a token's chunk has a few hundred, the arguments of a tool in one go have more
BROKEN = 3  # broken chunks that are dropped; with more, the rest is no answer

_FIELDS = (b"event:", b"id:", b"retry:", b":")  # lines of server-sent events without data
_SPOKEN = ("", "text", "output_text", "refusal")  # types of a content's parts that are the reply, not thoughts or calls


class Piece(msgspec.Struct, frozen=True):
    """A bit of the reply's text, and its finish reason (stop, length, content_filter, …); the `last` ends the reply.

    `uses` are deltas of uses of tools, as the server wrote them.
    """

    text: str = ""
    finish: str = ""
    last: bool = False
    uses: tuple[dict[str, Any], ...] = ()


class _Text(msgspec.Struct):
    content: str | list[Any] | dict[str, Any] | None = None
    refusal: str | None = None  # the model's own words, in the place of the content
    tool_calls: Any = None
    function_call: Any = None  # of a server older than `tool_calls`


class _Choice(msgspec.Struct):
    delta: _Text | None = None
    message: _Text | None = None  # of a server that does not stream
    text: str | None = None  # of a server that answers as to plain completions
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: Any = None


_chunk = msgspec.json.Decoder(_Chunk)


class Stream:
    """One streamed chat completion, as a context; `request` is its parameters, `account` the server's.

    The first `next` sends the request. The end of the context closes the connection if the body has not ended.
    """

    def __init__(self, client: AsyncOpenAI, request: dict[str, Any], account: Account) -> None:
        self._client, self._request, self._account = client, request, account
        self._open = AsyncExitStack()
        self._body: AsyncIterator[bytes] | None = None
        self._chunks = Chunks(account.key)
        self._pieces: Iterator[Piece] = iter(())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        with PlainErrors(self._account):
            await self._open.__aexit__(*error)

    async def next(self) -> Piece:
        """Wait for the next piece; after the last, for the end of the body.

        Raises ProviderFault and TimeoutError, see `Chunks`. Once cancelled, the stream cannot be read further.
        """
        while (piece := next(self._pieces, None)) is None:
            with PlainErrors(self._account):
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
    """Parses a completion's body into pieces, to its end: a finish reason is none, as some servers send one a chunk.

    Up to three broken chunks are dropped. Raises ProviderFault for more of them, for an error in the stream, for a line
    longer than 256 kB, and for a body that ends before the reply does.
    """

    def __init__(self, key: Secret) -> None:
        self._key = key
        self._held = b""  # the beginning of an incomplete line
        self._broken = 0
        self._finished = self._ended = False  # a finish reason has come; the end has

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the pieces that are complete by now; read them all before the next `feed`."""
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            yield from self._line(line.rstrip(b"\r"))
        if len(self._held) > LONGEST_LINE:
            raise ProviderFault(f"a line of the reply is longer than {LONGEST_LINE // 1024} kB")

    def end(self) -> Piece:
        """Return the last piece, at the end of the body."""
        held, self._held = self._held, b""
        if (piece := next(self._line(held), None)) is not None:
            return piece
        if not (self._finished or self._ended):
            raise ProviderFault("the reply broke off")
        return Piece(last=True)

    def _line(self, line: bytes) -> Iterator[Piece]:
        if self._ended or not line or line.startswith(_FIELDS):
            return
        if line.removeprefix(b"data:").strip() == b"[DONE]":
            self._ended = True
            yield Piece(last=True)
            return
        try:
            piece = _piece(line, self._key)
        except (msgspec.MsgspecError, RecursionError):
            self._broken += 1
            if self._broken > BROKEN:
                raise ProviderFault(f"{self._broken} chunks of the reply were broken") from None
            return
        self._finished, self._ended = self._finished or bool(piece.finish), piece.last
        if piece.text or piece.finish or piece.uses:
            yield piece


def _piece(line: bytes, key: Secret) -> Piece:
    """Parse a line. Raises DecodeError or ValidationError if it is broken, ProviderFault if it is an error."""
    chunk = _chunk.decode(line[5:] if line.startswith(b"data:") else line)
    if chunk.error:
        told = chunk.error if isinstance(chunk.error, dict) else {"message": chunk.error}
        text = " ".join(str(told[name]) for name in ("code", "message") if told.get(name))
        raise ProviderFault(clean(text, key), code=str(told.get("code") or ""))
    if not chunk.choices:
        return Piece()
    choice = chunk.choices[0]
    said = choice.delta or choice.message or _Text(choice.text)
    whole = choice.delta is None and choice.message is not None
    return Piece(_spoken(said.content) or said.refusal or "", choice.finish_reason or "", whole, _uses(said))


def _uses(said: _Text) -> tuple[dict[str, Any], ...]:
    """Return the deltas of uses, wherever the server puts them; what is none of its forms is left out."""
    parts = said.content if isinstance(said.content, list) else ()
    if said.tool_calls is None and said.function_call is None and not parts:
        return ()
    found = said.tool_calls if isinstance(said.tool_calls, list) else [said.tool_calls]
    inside = [each for each in parts if isinstance(each, dict) and each.get("type") == "tool_use"]
    return tuple(each for each in (*found, said.function_call, *inside) if isinstance(each, dict))


def _spoken(content: str | list[Any] | dict[str, Any] | None) -> str:
    """Return the words of a content: a text, or parts of which some are thoughts. Raises ValidationError for others."""
    match content:
        case None:
            return ""
        case str():
            return content
        case list():
            return "".join(map(_spoken, content))
        case {"type": str(kind)} if kind not in _SPOKEN:
            return ""
        case dict():
            return _spoken(content.get("text") or content.get("refusal") or content.get("value"))
    raise msgspec.ValidationError("content of an unknown form")
