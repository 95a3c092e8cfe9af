"""One question to a chat model: its answer, the time limits, and a second attempt where that may help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

from pipeline.llm.asked import Asked
from pipeline.text import normalise
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.model import Model, is_misread, is_too_long
from processors.llm.openai.offer import NONE, Offer
from processors.llm.openai.reading import Reading
from processors.llm.openai.settings import OpenAiSettings
from processors.llm.openai.stream import Piece, Stream
from processors.llm.openai.told import Line, halved

PAUSE = 0.25  # seconds before a busy server is asked again, if it does not say when
DRAIN = 0.1  # seconds for the end of the body, after which its connection can be used again
LATE = 0.5  # seconds for more text after a finish reason that came with some: servers that send one a chunk go on
CUT = (  # in finish reasons of a reply that is not whole, as servers spell them
    *("length", "max_", "filter", "safety", "sensitive", "recitation", "blocklist", "prohibited", "spii"),
    *("error", "insufficient", "abort", "cancel"),
)

PASSED = ("temperature", "reasoning_effort", "verbosity", "service_tier")  # sent to the server under the same name


class Question:
    """A question and its reply, within the time limits of `settings`; asked a second time at most.

    `offer` has the tools that the model may ask for; `wrote` is called with the name of each that is asked for in the
    text, or blank for none of them.
    """

    def __init__(
        self,
        model: Model,
        settings: OpenAiSettings,
        lines: list[Line],
        offer: Offer = NONE,
        wrote: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.model = model
        self.settings = settings
        self.lines = lines
        self.offer, self.wrote = offer, wrote
        self.loop = asyncio.get_running_loop()
        self.begun = self.loop.time()
        self.said = False  # some of the reply was yielded
        self.again = False  # True once it has been asked a second time
        self.reading = Reading(0)  # of the last attempt

    async def reply(self) -> AsyncGenerator[str | Asked, None]:
        """Yield the reply in bits, and the uses of tools, which count from 0 again if it is asked a second time.

        Raises ProviderFault and TimeoutError.
        """
        while True:
            wait = 0.0
            try:
                async with aclosing(self.once()) as bits:
                    async for bit in bits:
                        yield bit
                if self.again or not self.is_worthless:
                    return
            except ProviderFault as fault:
                if not self.said and self.model.refused(self.lines, self.offer, fault):
                    continue
                if (pause := self.pause(fault)) is None:
                    raise
                wait = pause
            self.again = True
            await asyncio.sleep(wait)

    @property
    def is_worthless(self) -> bool:
        """True if the answer has neither words nor a use, or a use that is written and malformed."""
        return not self.reading.uses and (self.reading.misspelt or not normalise(self.reading.text))

    def pause(self, fault: ProviderFault) -> float | None:
        """Return the seconds to wait before asking again; None if that is of no use, or would come too late.

        Worth it are a busy server, a server error, a conversation too long for the model (its older half is left out),
        a use that the server could not read, and a connection that broke before any answer: a server may close an idle
        one just as it is reused.
        """
        if self.again or self.said or fault.code == "insufficient_quota":
            return None
        if fault.status == 400 and is_too_long(fault):
            self.lines = halved(self.lines)
            return 0.0
        if 0 < fault.status < 500 and fault.status != 429 and not is_misread(fault):
            return None
        wait = fault.wait if fault.wait is not None else PAUSE if fault.status in (429, 503) else 0.0
        return wait if self.loop.time() + wait < self.begun + self.settings.first_token else None

    async def once(self) -> AsyncGenerator[str | Asked, None]:
        """Ask once, and yield the reply in bits, to its end or until it is longer than can be spoken.

        Raises ProviderFault and TimeoutError.
        """
        self.reading = reading = Reading(2 * self.settings.max_chars, self.model.thinks, self.offer.names)
        request = parameters(self.settings, self.model.formed(self.lines, self.offer), self.model.offered(self.offer))
        async with Stream(self.model.client, request, self.settings) as stream:
            async with aclosing(self.pieces(stream)) as pieces:
                async for piece in pieces:
                    for bit in reading.feed(piece):
                        self.said = self.said or isinstance(bit, str)
                        yield bit
                    if reading.is_full:
                        break
            for bit in reading.end():
                yield bit
        self.model.thinks = self.model.thinks or reading.closed
        for name in [name for name, _ in reading.written] or [""] * reading.misspelt:
            self.wrote(name)

    async def pieces(self, stream: Stream) -> AsyncGenerator[Piece, None]:
        """Yield the pieces of a stream with text or uses, to its end. Raises ProviderFault and TimeoutError."""
        deadline, finish, piece = self.begun + self.settings.first_token, "", Piece()
        while not piece.last:
            piece = await self.next(stream, deadline, bool(finish))
            if piece.text or piece.uses:
                finish = ""
                yield piece
            finish = piece.finish or finish
            more = piece.text or piece.uses
            deadline = self.loop.time() + (self.settings.gap if not finish else LATE if more else DRAIN)
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


def parameters(settings: OpenAiSettings, lines: list[Line], tools: dict[str, Any]) -> dict[str, Any]:
    """Return the request's parameters; optional ones only if set, as some servers refuse those they do not know.

    `tools` are those of the tools that are offered.
    """
    told = {name: value for name in PASSED if (value := getattr(settings, name)) not in (None, "")}
    if settings.max_tokens is not None:
        told["max_completion_tokens"] = settings.max_tokens
    if settings.extra:
        told["extra_body"] = settings.extra
    return {"model": settings.model, "messages": lines, "stream": True, **told, **tools}
