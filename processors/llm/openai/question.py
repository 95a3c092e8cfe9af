"""One question to a chat model: what may take how long, and what is worth asking again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from pipeline.text import normalise
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.stream import Piece, Stream, is_looping

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Line = dict[str, str]  # role and content

TOKENS = 600  # a reply never has more, whatever the server was told
PAUSE = 0.25  # seconds before a busy server is asked again, if it does not say when
DRAIN = 0.1  # seconds for the end of the body, after which its connection can be used again
CUT = ("length", "content_filter")  # finish reasons of a reply that is not whole

PASSED = ("temperature", "reasoning_effort", "verbosity", "service_tier")  # on to the server, under the same name


class Question:
    """A question and its reply, within the budgets of `settings`; asked once more where that may help."""

    def __init__(self, client: AsyncOpenAI, settings: Any, lines: list[Line]) -> None:
        self.client = client
        self.settings = settings
        self.lines = lines
        self.loop = asyncio.get_running_loop()
        self.begun = self.loop.time()
        self.text = ""  # all that came
        self.again = False  # whether it has been asked a second time

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
        """How long to wait before asking again, seconds; None if that is of no use, or would come too late.

        Again: a busy server, a server's mistake, a conversation too long for the model, and a connection that broke
        before anything came, for a server may close an idle one just as it is taken for the next question.
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
        """Ask, and yield the reply in bits, up to its end or to where it is too much."""
        settings, tokens = self.settings, 0
        deadline = self.begun + settings.first_token
        async with Stream(self.client, parameters(settings, self.lines), settings.key) as stream:
            while not (piece := await self.next(stream, deadline)).finish:
                tokens += 1
                self.text += piece.text
                if is_looping(self.text):
                    raise ProviderFault("the reply repeats itself")
                yield piece.text
                if len(self.text) > 2 * settings.max_chars:
                    return  # more than will be spoken, whatever part of it is markup
                if tokens == TOKENS:
                    raise ProviderFault(f"the reply has more than {TOKENS} tokens")
                deadline = self.loop.time() + settings.gap
            if piece.finish in CUT:
                raise ProviderFault(f"the server cut the reply: {piece.finish}")
            self.text += piece.text
            yield piece.text + "\n"  # it is whole: nobody has to wait for the stream to end
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


def parameters(settings: Any, lines: list[Line]) -> dict[str, Any]:
    """The request; of what need not be in it, only what is set, as some servers know fewer parameters than others."""
    told = {name: value for name in PASSED if (value := getattr(settings, name)) not in (None, "")}
    if settings.max_tokens is not None:
        told["max_completion_tokens"] = settings.max_tokens
    if settings.extra:
        told["extra_body"] = settings.extra
    return {"model": settings.model, "messages": lines, "stream": True, **told}


def is_too_long(fault: ProviderFault) -> bool:
    """Whether the conversation has more tokens than the model takes; not every server has OpenAI's code for it."""
    return fault.code == "context_length_exceeded" or "context length" in str(fault).lower()
