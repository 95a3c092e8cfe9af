"""One question to a chat model: its streamed answer, the time limits, and a second attempt where that may help.

Source: the streaming format of OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat-streaming,
inside server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, suppress
from typing import TYPE_CHECKING, Any, Self

import msgspec

from pipeline.settings import Secret
from pipeline.text import normalise
from processors._shared.openai_client import Account, PlainErrors, ProviderFault, clean
from processors.llm.openai.settings import OpenAiSettings
from processors.llm.openai.thoughts import Thoughts

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Line = dict[str, str]  # role and content

TOKENS = 600  # the most of a reply, whatever limit the server has been given
PAUSE = 0.25  # seconds before a busy server is asked again, if it does not say when
DRAIN = 0.1  # seconds for the end of the body, after which its connection can be used again
LONGEST_LINE = 64 * 1024  # bytes; a token's chunk has a few hundred
BROKEN = 3  # broken chunks that are dropped; with more, the rest is no answer
CUT = ("length", "content_filter")  # finish reasons of a reply that is not whole

PASSED = ("temperature", "reasoning_effort", "verbosity", "service_tier")  # sent to the server under the same name

_FIELDS = (b"event:", b"id:", b"retry:", b":")  # lines of server-sent events without data


class Question:
    """A question and its reply, within the time limits of `settings`; asked a second time at most."""

    def __init__(self, client: AsyncOpenAI, settings: OpenAiSettings, lines: list[Line]) -> None:
        self.client = client
        self.settings = settings
        self.lines = lines
        self.loop = asyncio.get_running_loop()
        self.begun = self.loop.time()
        self.text = ""  # the reply so far
        self.again = False  # True once it has been asked a second time

    async def reply(self) -> AsyncGenerator[str, None]:
        """Yield the reply in bits. Raises ProviderFault and TimeoutError."""
        while True:
            wait = 0.0
            try:
                async with aclosing(self.once()) as bits:
                    async for bit in bits:
                        yield bit
                if self.again or normalise(self.text):
                    return
            except ProviderFault as fault:
                if (pause := self.pause(fault)) is None:
                    raise
                wait = pause
            self.again = True
            await asyncio.sleep(wait)

    def pause(self, fault: ProviderFault) -> float | None:
        """Return the seconds to wait before asking again; None if that is of no use, or would come too late.

        Worth it are a busy server, a server error, a conversation too long for the model (its older half is left out),
        and a connection that broke before any answer: a server may close an idle one just as it is reused.
        """
        if self.again or self.text or fault.code == "insufficient_quota":
            return None
        if fault.status == 400 and is_too_long(fault):
            first = self.lines[: self.lines[0]["role"] == "system"]  # the prompt stays
            self.lines = [*first, *self.lines[-max(1, (len(self.lines) - len(first)) // 2) :]]
            return 0.0
        if 0 < fault.status < 500 and fault.status != 429:
            return None
        wait = fault.wait if fault.wait is not None else PAUSE if fault.status in (429, 503) else 0.0
        return wait if self.loop.time() + wait < self.begun + self.settings.first_token else None

    async def once(self) -> AsyncGenerator[str, None]:
        """Ask once, and yield the reply in bits, to its end or until it is longer than can be spoken.

        Raises ProviderFault and TimeoutError.
        """
        settings, thoughts, tokens = self.settings, Thoughts(), 0
        deadline = self.begun + settings.first_token
        async with Stream(self.client, parameters(settings, self.lines), settings) as stream:
            while not (piece := await self.next(stream, deadline)).finish:
                tokens += 1
                if said := thoughts.leave_out(piece.text):
                    self.text += said
                    if is_looping(self.text):
                        raise ProviderFault("the reply repeats itself")
                    yield said
                if len(self.text) > 2 * settings.max_chars:
                    return  # more than will be spoken, even if half of it is markup
                if tokens == TOKENS:
                    raise ProviderFault(f"the reply has more than {TOKENS} tokens")
                deadline = self.loop.time() + settings.gap
            if piece.finish in CUT:
                raise ProviderFault(f"the server cut the reply: {piece.finish}")
            said = thoughts.leave_out(piece.text) + thoughts.rest()
            self.text += said
            yield said + "\n"  # the line's end completes the last sentence before the stream ends
            with suppress(TimeoutError, ProviderFault):
                async with asyncio.timeout(DRAIN):
                    await stream.next()

    async def next(self, stream: Stream, deadline: float) -> Piece:
        """Wait for the next piece. Raises ProviderFault, and TimeoutError at the deadline (loop time)."""
        try:
            async with asyncio.timeout_at(min(deadline, self.begun + self.settings.total)):
                return await stream.next()
        except TimeoutError as error:
            waited = self.loop.time() - self.begun
            raise TimeoutError(str(error) or f"no word of the reply, {waited:.1f} s after the question") from None


def parameters(settings: OpenAiSettings, lines: list[Line]) -> dict[str, Any]:
    """Return the request's parameters; optional ones only if set, as some servers refuse those they do not know."""
    told = {name: value for name in PASSED if (value := getattr(settings, name)) not in (None, "")}
    if settings.max_tokens is not None:
        told["max_completion_tokens"] = settings.max_tokens
    if settings.extra:
        told["extra_body"] = settings.extra
    return {"model": settings.model, "messages": lines, "stream": True, **told}


def is_too_long(fault: ProviderFault) -> bool:
    """True if the conversation has more tokens than the model takes; not every server has OpenAI's code for that."""
    return fault.code == "context_length_exceeded" or "context length" in str(fault).lower()


class Piece(msgspec.Struct, frozen=True):
    """A bit of the reply's text, or its finish reason: stop, length, content_filter, tool_calls."""

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
    """Parses a completion's body into pieces; chunks after the reply's end are ignored.

    Up to three broken chunks are dropped. Raises ProviderFault for more of them, for an error in the stream, for a line
    longer than 64 kB, and for a body that ends before the reply does.
    """

    def __init__(self, key: Secret) -> None:
        self._key = key
        self._held = b""  # the beginning of an incomplete line
        self._broken, self._ended = 0, False

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
    """Parse a line. Raises DecodeError or ValidationError if it is broken, ProviderFault if it is an error."""
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
