"""The settings of a chat model with an OpenAI-compatible API, and the checks of its prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.environment.variables import secret_values
from pipeline.llm import ModelSettings
from pipeline.settings import Duration, FilePath, Secret, doc
from processors._shared.openai_address import OPENAI
from processors._shared.openai_client import BaseUrl, Connect, Key, account_doubts, account_faults, account_lacks

MANNER = """\
This is a phone call: what you write is spoken aloud, in the language ${language}. Answer in two to four sentences,
${min_chars} to ${max_chars} characters in all, in this style: ${style}. Write plain sentences: no lists, headings,
markup, links or emoji. Introduce yourself once in a call at most. What the caller says comes from speech recognition
and may have mistakes in it."""

PLACES = ("called", "caller", "date", "language", "max_chars", "min_chars", "style", "time")
PLACE = re.compile(r"\$\{([^{}]*)\}")  # ${name}, filled in for each call

_TOOLS = {"tools", "tool_choice", "functions", "function_call"}  # fields of a request that are made for it

SHORTEST = 8  # characters of a secret variable's value: a shorter one may be any word

_KEY = re.compile(
    r"\bsk-[\w-]{16,}|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{16,}\.[\w-]{8,}"
    r"|\b(?:AC|SK)[0-9a-f]{32}\b|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_\w{30,}|(?i:key|secret|token|password)[\"']?\s*[:=]\s*[\"']?(?=\S*\d)[\w+/.-]{8,}"
)


class OpenAiSettings(ModelSettings, frozen=True, kw_only=True):
    """Settings of a chat model: server, prompt, sampling and time limits."""

    model: Annotated[str, doc("The model's name, as the server knows it.", sample="${LLM_MODEL}")]
    key: Key = Secret("")
    base_url: BaseUrl = OPENAI
    prompt: Annotated[
        FilePath | None, doc("A text file with the agent's role; ${caller} and others are filled in.")
    ] = None
    instructions: Annotated[str, doc("The same in the config itself, where it is written $${caller}.")] = ""
    manner: Annotated[str, doc("The form of replies, told after the prompt; blank: the prompt has it.")] = MANNER
    style: Annotated[str, doc("The style of replies, told to the model.")] = "warm_helpful"
    min_chars: Annotated[int, doc("Characters that a reply should have, told to the model.", 0, 4000)] = 160
    secrecy: (
        Annotated[int, doc("Letters of the prompt in a row that no reply may have; blank: a token.", 0, 1000)] | None
    ) = None
    timezone: Annotated[str, doc("Time zone of ${time} and ${date}; blank: the machine's.")] = ""
    history_turns: Annotated[int, doc("Questions, with their replies, that are sent to the model.", 1, 200)] = 20
    temperature: Annotated[float, doc("Sampling temperature; blank: the model's own.", 0, 2)] | None = None
    max_tokens: Annotated[int, doc("Tokens that a reply may have, with those of its reasoning.", 1, 100000)] | None = (
        None
    )
    reasoning_effort: Annotated[str, doc("Effort of its reasoning, e.g. none or low; blank: the model's own.")] = ""
    verbosity: Annotated[str, doc("low, medium or high; blank: the model's own.")] = ""
    service_tier: Annotated[str, doc("The tier that requests are charged to; blank: the account's own.")] = ""
    extra: Annotated[dict[str, Any], doc("More fields of the request's body.")] = {}
    judge: Annotated[
        bool, doc("Let the model say, in an answer begun ahead, that the caller breaks off; the turn then waits.")
    ] = False
    connect: Connect = 1.0
    first_token: Annotated[Duration, doc("How long the first word may take.", 0.01, 60)] = 6.0
    gap: Annotated[Duration, doc("How long each further word may take.", 0.01, 60)] = 3.0
    total: Annotated[Duration, doc("How long the whole reply may take.", 0.01, 600)] = 20.0
    warm_up: Annotated[bool, doc("Ask the model once before the first call: a first request is slower.")] = True
    cut: Annotated[str, doc("Said when a reply broke off; default: by language.")] = ""

    def faults(self) -> Iterable[tuple[str, str]]:
        yield from account_faults(self)
        yield from self._prompt_faults()
        try:
            if self.timezone:
                ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            yield "timezone", "is no time zone that this machine knows, e.g. Asia/Jerusalem"
        for name in sorted(_TOOLS & set(self.extra)):
            yield "extra", f"has `{name}` in it: tools are declared in the config's own list `tools:`"
        if self.min_chars > self.max_chars:
            yield "min_chars", f"is more than `max_chars`, {self.max_chars}"

    def lacks(self) -> Iterable[tuple[str, str]]:
        return account_lacks(self, "LLM_MODEL")

    def doubts(self) -> Iterable[tuple[str, str]]:
        yield from account_doubts(self)
        ours = [value for value in secret_values() if len(value) >= SHORTEST]
        for field, text in self._texts().items():
            if _KEY.search(text) or any(value in text for value in ours):
                yield field, "seems to have a key or a password in it, which a caller may talk the model into saying"

    def prompt_text(self) -> str:
        """Return the config's own prompt, with its places; raises OSError or UnicodeDecodeError for its file."""
        return self.prompt.read_text(encoding="utf-8-sig").strip() if self.prompt else self.instructions.strip()

    def _texts(self) -> dict[str, str]:
        """Return the prompt's two parts by field."""
        return {"prompt" if self.prompt else "instructions": self.prompt_text(), "manner": self.manner}

    def _prompt_faults(self) -> Iterable[tuple[str, str]]:
        if self.prompt and self.instructions:
            yield "instructions", "and `prompt` exclude each other"
        try:
            texts = self._texts()
        except (OSError, UnicodeDecodeError) as error:
            yield "prompt", f"cannot be read as UTF-8 text: {error}"
            return
        for field, text in texts.items():
            for name in dict.fromkeys(PLACE.findall(text)):
                if name not in PLACES:
                    yield field, f"has ${{{name}}} in it, which nothing fills; there are {', '.join(PLACES)}"
