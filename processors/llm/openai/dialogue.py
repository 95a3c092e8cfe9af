"""A language model behind OpenAI's chat completions: OpenAI's own, or any compatible server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.events import PromptLeaked
from pipeline.faults import need
from pipeline.frames import ReplyText
from pipeline.llm import Dialogue, Message
from pipeline.providers.probe import Probe
from processors._shared.openai_client import ProviderFault, client, warn_if_down
from processors._shared.openai_probe import model_probe
from processors.llm.openai.prompt import Confidence, filled
from processors.llm.openai.question import Line, Question
from processors.llm.openai.settings import OpenAiSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

need("openai", "openai", "openai")


@dataclass
class Model:
    """The client and the config's prompt, shared by all calls of a model."""

    client: AsyncOpenAI
    prompt: str


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
            await (_warm_up(opened, settings) if settings.warm_up else warn_if_down(settings))
            yield Model(opened, settings.prompt_text())

    @classmethod
    def probe(cls, settings: OpenAiSettings, language: str) -> Probe:
        return model_probe(settings, partial(_ask, settings=settings))

    @classmethod
    def phrases(cls, settings: OpenAiSettings, language: str) -> tuple[str, ...]:
        return (*super().phrases(settings, language), settings.fixed("cut", language))

    def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        return Question(self.shared.client, self.settings, self.lines(history)).reply()

    def lines(self, history: list[Message]) -> list[Line]:
        """Return the messages of a request: the prompt, and the end of the conversation."""
        if self.told is None:
            texts = (filled(text, self.settings, self.call) for text in (self.shared.prompt, self.settings.manner))
            self.told = Confidence("\n\n".join(text for text in texts if text), self.settings.secrecy)
        recent = history[-2 * self.settings.history_turns + 1 :]  # one more question than replies
        prompt = [{"role": "system", "content": self.told.prompt}] if self.told.prompt else []
        return [*prompt, *({"role": line.role, "content": line.text} for line in recent)]

    def gives_away(self, text: str) -> bool:
        if self.told is None or not self.told.broken_by(text):
            return False
        self.call.tell(PromptLeaked())
        self.call.log.warning("PROMPT_LEAK the model repeats its prompt: no more of this reply is spoken")
        return True

    def failed(self, turn: int, error: Exception) -> None:
        """Say a fixed sentence after a reply that broke off, then count the fault."""
        if self.pieces:
            self.speak(ReplyText(turn, self.settings.fixed("cut", self.call.language)))
        super().failed(turn, error)


async def _ask(opened: AsyncOpenAI, settings: OpenAiSettings) -> None:
    """Ask the model for one word. Raises ProviderFault and TimeoutError."""
    question = Question(opened, settings, [{"role": "user", "content": "Say: yes."}])
    async with aclosing(question.once()) as bits:
        async for _ in bits:
            pass


async def _warm_up(opened: AsyncOpenAI, settings: OpenAiSettings) -> None:
    """Load the library, open a connection and try the settings; a failure is logged only, as a call may do better."""
    try:
        await _ask(opened, settings)
    except (ProviderFault, TimeoutError) as error:
        from loguru import logger

        logger.warning("LLM_ERR {} does not answer: {}", settings.model, error)
