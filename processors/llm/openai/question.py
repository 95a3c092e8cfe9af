"""One question to a chat model: its answer, the time limits, and a second attempt where that may help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from pipeline.llm.spoken import Spoken
from pipeline.text import normalise
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.model import Line, Model
from processors.llm.openai.settings import OpenAiSettings
from processors.llm.openai.stream import Piece, Stream

TOKENS = 600  # the most of a reply, whatever limit the server has been given
PAUSE = 0.25  # seconds before a busy server is asked again, if it does not say when
DRAIN = 0.1  # seconds for the end of the body, after which its connection can be used again
LATE = 0.5  # seconds for more text after a finish reason that came with some: servers that send one a chunk go on
CUT = (  # in finish reasons of a reply that is not whole, as servers spell them
    *("length", "max_", "filter", "safety", "sensitive", "recitation", "blocklist", "prohibited", "spii"),
    *("error", "insufficient", "abort", "cancel"),
)

PASSED = ("temperature", "reasoning_effort", "verbosity", "service_tier")  # sent to the server under the same name


class Question:
    """A question and its reply, within the time limits of `settings`; asked a second time at most."""

    def __init__(self, model: Model, settings: OpenAiSettings, lines: list[Line]) -> None:
        self.model = model
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
                if not self.text and self.model.refused(self.lines, fault):
                    continue
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
        spoken, tokens = Spoken(self.model.thinks), 0
        request = parameters(self.settings, self.model.formed(self.lines))
        async with Stream(self.model.client, request, self.settings) as stream:
            async with aclosing(self.texts(stream)) as texts:
                async for text in texts:
                    tokens += not spoken.is_silent
                    if said := spoken.feed(text):
                        self.text += said
                        if is_looping(self.text):
                            raise ProviderFault("the reply repeats itself")
                        yield said
                    if len(self.text) > 2 * self.settings.max_chars:
                        return  # more than will be spoken, even if half of it is markup
                    if tokens == TOKENS:
                        raise ProviderFault(f"the reply has more than {TOKENS} tokens")
            said = spoken.rest()
            self.model.thinks = self.model.thinks or spoken.closed
            self.text += said
            yield said + "\n"  # the line's end completes the last sentence before the stream ends

    async def texts(self, stream: Stream) -> AsyncGenerator[str, None]:
        """Yield the texts of a stream to its end. Raises ProviderFault and TimeoutError."""
        deadline, finish, piece = self.begun + self.settings.first_token, "", Piece()
        while not piece.last:
            piece = await self.next(stream, deadline, bool(finish))
            if piece.text:
                finish = ""
                yield piece.text
            finish = piece.finish or finish
            deadline = self.loop.time() + (self.settings.gap if not finish else LATE if piece.text else DRAIN)
        if any(each in finish.lower() for each in CUT):
            raise ProviderFault(f"the server cut the reply: {finish}")
        with suppress(TimeoutError, ProviderFault):
            async with asyncio.timeout(DRAIN):
                await stream.next()

    async def next(self, stream: Stream, deadline: float, finished: bool) -> Piece:
        """Wait for the next piece. Raises ProviderFault, and TimeoutError at the deadline (loop time).

        After a finish reason neither is an error: it is then the last piece.
        """
        try:
            async with asyncio.timeout_at(min(deadline, self.begun + self.settings.total)):
                return await stream.next()
        except (TimeoutError, ProviderFault) as error:
            if finished:
                return Piece(last=True)
            if isinstance(error, ProviderFault):
                raise
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


def is_looping(text: str) -> bool:
    """True if a text ends in the same few words over and over: at least six times, and 36 characters in all."""
    for period in range(1, 41):
        times = max(6, -(-36 // period))
        tail = text[-period * times :]
        if len(tail) == period * times and tail == tail[:period] * times:
            return any(map(str.isalnum, tail))  # a ruled line is none
    return False
