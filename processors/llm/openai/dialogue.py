"""A language model behind OpenAI's chat completions: OpenAI's own, or any compatible server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from pipeline.events import PromptLeaked, UseWritten
from pipeline.faults import need
from pipeline.frames import ReplyText
from pipeline.llm import Dialogue, Message
from pipeline.llm.asked import Asked
from pipeline.llm.doubt import ASK
from pipeline.providers.probe import Probe
from pipeline.providers.writing import Ask
from processors._shared.openai_client import ProviderFault, client, warn_if_down
from processors._shared.openai_probe import model_probe
from processors.llm.openai.model import Model
from processors.llm.openai.offer import NONE, Offer
from processors.llm.openai.prompt import Confidence, filled
from processors.llm.openai.question import Question
from processors.llm.openai.settings import OpenAiSettings
from processors.llm.openai.told import Line, lines
from processors.llm.openai.written import writing

if TYPE_CHECKING:
    from openai import AsyncOpenAI

need("openai", "openai", "openai")

TRIAL = (("system", "You answer the phone."), ("assistant", "Hello."), ("user", "Say: yes."))  # role and content


class OpenAiDialogue(Dialogue):
    """Asks a chat model about the conversation as it was heard, and speaks the reply as it comes."""

    outside = "the network"
    imports = ("httpx2", "openai")

    Settings = OpenAiSettings
    settings: OpenAiSettings
    shared: Model

    def begin(self) -> None:
        self.told: Confidence | None = None  # the prompt, filled in by the call's first question

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: OpenAiSettings, phrases: tuple[str, ...], language: str) -> AsyncIterator[Model]:
        async with client(settings) as opened:
            model = Model(opened, settings.prompt_text(), settings.model)
            await (_warm_up(model, settings) if settings.warm_up else warn_if_down(settings))
            yield model

    @classmethod
    def probe(cls, settings: OpenAiSettings, language: str) -> Probe:
        return model_probe(settings, partial(_conversed, settings), always=True)

    @classmethod
    def phrases(cls, settings: OpenAiSettings, language: str) -> tuple[str, ...]:
        return (*super().phrases(settings, language), settings.fixed("cut", language))

    @classmethod
    def writing(cls, settings: OpenAiSettings) -> AbstractAsyncContextManager[Ask]:
        return writing(settings)

    def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        offer = Offer(self.offered, self.words_only) if self.offered else NONE
        return Question(self.shared, self.settings, self.lines(history), offer, self.wrote).reply()

    def lines(self, history: list[Message]) -> list[Line]:
        """Return the messages of a request: the prompt, and the end of the conversation."""
        if self.told is None:
            texts = (filled(text, self.settings, self.call) for text in (self.shared.prompt, self.settings.manner))
            self.told = Confidence("\n\n".join(text for text in texts if text), self.settings.secrecy)
        judge = ASK if self.ahead and self.settings.judge else ""
        text = "\n\n".join(each for each in (self.told.prompt, judge) if each)  # behind it, as servers cache beginnings
        prompt = [{"role": "system", "content": text}] if text else []
        return [*prompt, *lines(history, self.call.memory.uses, self.settings.history_turns, self.owing)]

    def wrote(self, tool: str) -> None:
        """Count a use that the model wrote as text; blank: of no tool that it was offered."""
        if tool and self.shared.in_words:
            return  # as it was told to
        self.call.tell(UseWritten(tool))
        if not tool:
            self.call.log.warning("LLM_USE the model wrote a use into its text that fits no tool it was offered")

    def gives_away(self, text: str) -> bool:
        if self.told is None or not self.told.broken_by(text):
            return False
        self.call.tell(PromptLeaked())
        self.call.log.warning("PROMPT_LEAK the model repeats its prompt: no more of this reply is spoken")
        return True

    def failed(self, turn: int, error: Exception) -> None:
        """Say a fixed sentence after a reply that broke off, then count the fault."""
        if self.pieces and (self.step.answered or not self.call.tools):  # a tool's own sentence is no reply
            self.speak(ReplyText(turn, self.settings.fixed("cut", self.call.language)))
        super().failed(turn, error)


async def _conversed(settings: OpenAiSettings, opened: AsyncOpenAI) -> str:
    """Ask the model within a small conversation; return the form that it wants, unless it takes any."""
    model = Model(opened, "", settings.model)
    await _ask(model, settings)
    return f"it takes conversations only {model.told}, and gets them so" if model.form else ""


async def _ask(model: Model, settings: OpenAiSettings) -> None:
    """Ask the model for one word, after a prompt and a greeting. Raises ProviderFault and TimeoutError.

    They are there because some models refuse them, which is better known before the first call.
    """
    question = Question(model, settings, [dict(zip(("role", "content"), line, strict=True)) for line in TRIAL])
    async with aclosing(question.reply()) as bits:
        async for _ in bits:
            pass


async def _warm_up(model: Model, settings: OpenAiSettings) -> None:
    """Load the library, open a connection and try the settings; a failure is logged only, as a call may do better."""
    try:
        await _ask(model, settings)
    except (ProviderFault, TimeoutError) as error:
        from loguru import logger

        logger.warning("LLM_ERR {} does not answer: {}", settings.model, error)
