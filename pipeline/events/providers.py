"""The events of providers and tools."""

from __future__ import annotations

from typing import Any, ClassVar

from pipeline.events.event import Event
from pipeline.vocabulary import UseOutcome


class Exchange(Event, frozen=True):
    """A question to a provider, a piece of its answer, or the answer's end; all of one question have its `ask`.

    The question has neither `got` nor `error` nor `ended`, each later event exactly one of them.
    """

    to: str  # the text that is answered or spoken
    ask: int  # number of the question, counted by each step from 1
    after: float | None = None  # seconds since the question
    got: str | int | None = None  # a piece: text, or bytes of sound, 16,000 to the second
    error: str | None = None  # class of the error that ended it
    ended: bool | None = None  # true if it ended by itself


class ModelExchange(Exchange, frozen=True):
    """A language model was asked, gave a piece of its answer, ended it or failed."""

    name: ClassVar[str] = "bit"

    use: str | None = None  # name of a tool that it asks for, in the place of words; the arguments are in `tool`
    whole: bool | None = None  # true once these arguments are complete


class VoiceExchange(Exchange, frozen=True):
    """A voice was asked for the sound of a text, gave a piece of it, ended it or failed."""

    name: ClassVar[str] = "sound"


class ToolExchange(Exchange, frozen=True):
    """A tool was used, gave its result, or failed."""

    name: ClassVar[str] = "tool"

    tool: str = ""  # the name by which the model asked for it
    outcome: UseOutcome | None = None  # with the end: how it ended
    rehearsed: bool | None = None  # true if nothing was done, as the verb only rehearses
    facts: dict[str, Any] | None = None  # with the result: what it has added to the facts of the call
    grants: tuple[str, ...] | None = None  # with the result: rights that it has granted, besides those of its settings


class ProviderFailed(Event, frozen=True):
    """A provider failed before it had answered; the next one is asked."""

    name: ClassVar[str] = "provider_failed"

    provider: str  # its word in the config, e.g. llm.openai
    error: str  # class of the error


class BreakerChanged(Event, frozen=True):
    """A provider's circuit breaker opened, closed or let one request through."""

    name: ClassVar[str] = "breaker"

    provider: str  # its word in the config, e.g. llm.openai
    state: str  # closed, open or probing
