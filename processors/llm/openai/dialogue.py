"""A language model behind OpenAI's chat completions: OpenAI's own, or any server that speaks the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pipeline.events import PromptLeaked
from pipeline.frames import ReplyText
from pipeline.llm import Dialogue, Message, ModelSettings
from pipeline.providers.probe import Probe
from pipeline.settings import Duration, FilePath, Secret, doc
from processors._shared.openai_client import (
    OPENAI,
    BaseUrl,
    Connect,
    Key,
    ProviderFault,
    account_faults,
    account_lacks,
    client,
)
from processors._shared.openai_probe import model_probe
from processors.llm.openai.prompt import MANNER, Confidence, filled, prompt, prompt_doubts, prompt_faults
from processors.llm.openai.question import Line, Question

if TYPE_CHECKING:
    from openai import AsyncOpenAI


@dataclass
class Model:
    """What all calls of a model share: its client, and the prompt as the config has it."""

    client: AsyncOpenAI
    prompt: str


class OpenAiDialogue(Dialogue):
    """Asks a chat model, tells it what was heard, and speaks its reply as it comes."""

    outside = "the network"
    imports = ("httpx2", "openai")

    class Settings(ModelSettings, frozen=True, kw_only=True):
        model: Annotated[str, doc("The model's name, as the server knows it.", sample="${LLM_MODEL}")]
        key: Key = Secret("")
        base_url: BaseUrl = OPENAI
        prompt: Annotated[
            FilePath | None, doc("A text file: who the agent is; ${caller} and others are filled in.")
        ] = None
        instructions: Annotated[str, doc("The same in the config itself, where it is written $${caller}.")] = ""
        manner: Annotated[str, doc("How replies shall be, told after the prompt; blank: it says so itself.")] = MANNER
        style: Annotated[str, doc("The style of replies, told to the model.")] = "warm_helpful"
        min_chars: Annotated[int, doc("Characters that a reply should have, told to the model.", 0, 4000)] = 160
        secrecy: Annotated[
            int,
            doc("Letters of the prompt in a row that a reply may not repeat, nor a token in it; 0: it may.", 0, 1000),
        ] = 80
        timezone: Annotated[str, doc("Time zone of ${time} and ${date}; blank: the machine's.")] = ""
        history_turns: Annotated[int, doc("Questions, with their replies, that the model is told.", 1, 200)] = 20
        temperature: Annotated[float, doc("How free the choice of words is; blank: the model's own.", 0, 2)] | None = (
            None
        )
        max_tokens: Annotated[int, doc("Tokens that a reply may cost, thoughts included.", 1, 100000)] | None = None
        reasoning_effort: Annotated[str, doc("How much it thinks first, e.g. none or low; blank: the model's own.")] = (
            ""
        )
        verbosity: Annotated[str, doc("low, medium or high; blank: the model's own.")] = ""
        service_tier: Annotated[str, doc("The tier that requests are charged to; blank: the account's own.")] = ""
        extra: Annotated[dict[str, Any], doc("More of the request's body, for what a server knows besides.")] = {}
        connect: Connect = 1.0
        first_token: Annotated[Duration, doc("How long the first word may take.", 0.01, 60)] = 2.5
        gap: Annotated[Duration, doc("How long each further word may take.", 0.01, 60)] = 3.0
        total: Annotated[Duration, doc("How long the whole reply may take.", 0.01, 600)] = 20.0
        warm_up: Annotated[
            bool, doc("Ask the model something before the first call, which is slower than the next.")
        ] = True
        cut: Annotated[str, doc("Said when a reply broke off; default: by language.")] = ""

        def faults(self) -> Iterable[tuple[str, str]]:
            yield from account_faults(self)
            yield from prompt_faults(self)
            if self.min_chars > self.max_chars:
                yield "min_chars", f"is more than `max_chars`, {self.max_chars}"

        def lacks(self) -> Iterable[tuple[str, str]]:
            return account_lacks(self)

        def doubts(self) -> Iterable[tuple[str, str]]:
            return prompt_doubts(self)

    settings: Settings
    shared: Model

    def begin(self) -> None:
        self.told: Confidence | None = None  # the prompt as this call's first question filled it in

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Model]:
        async with client(settings) as opened:
            if settings.warm_up:
                await _warm_up(opened, settings)
            yield Model(opened, prompt(settings))

    @classmethod
    def probe(cls, settings: Any, language: str) -> Probe:
        return model_probe(settings, partial(_ask, settings=settings))

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        return (*super().phrases(settings, language), settings.fixed("cut", language))

    def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        return Question(self.shared.client, self.settings, self.lines(history)).reply()

    def lines(self, history: list[Message]) -> list[Line]:
        """What the model is told: the prompt, and the end of the conversation, as far as it was heard."""
        if self.told is None:
            texts = (filled(text, self.settings, self.call) for text in (self.shared.prompt, self.settings.manner))
            self.told = Confidence("\n\n".join(text for text in texts if text), self.settings.secrecy)
        recent = history[-2 * self.settings.history_turns + 1 :]  # a question more than replies
        prompt = [{"role": "system", "content": self.told.prompt}] if self.told.prompt else []
        return [*prompt, *({"role": line.role, "content": line.text} for line in recent)]

    def gives_away(self, text: str) -> bool:
        if self.told is None or not self.told.broken_by(text):
            return False
        self.call.tell(PromptLeaked())
        self.call.log.warning("PROMPT_LEAK the model repeats what it was told: no more of this reply is spoken")
        return True

    def failed(self, turn: int, error: Exception) -> None:
        """A reply that breaks off is not left hanging."""
        if self.pieces:
            self.speak(ReplyText(turn, self.settings.fixed("cut", self.call.language)))
        super().failed(turn, error)


async def _ask(opened: AsyncOpenAI, settings: Any) -> None:
    """Ask the model for a word; raises ProviderFault and TimeoutError."""
    question = Question(opened, settings, [{"role": "user", "content": "Say: yes."}])
    async with aclosing(question.once()) as bits:
        async for _ in bits:
            pass


async def _warm_up(opened: AsyncOpenAI, settings: Any) -> None:
    """Have the library loaded, a connection open and the settings tried; what fails here may work in a call."""
    try:
        await _ask(opened, settings)
    except (ProviderFault, TimeoutError) as error:
        from loguru import logger

        logger.warning("LLM_ERR {} does not answer: {}", settings.model, error)
