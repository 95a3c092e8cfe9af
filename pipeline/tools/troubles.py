"""The troubles of a call to an agent in this process: failures that its caller or owner noticed, and smaller ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.events import (
    AfterCallFailed,
    Event,
    ModelExchange,
    Passed,
    ProviderFailed,
    StepFailed,
    Unspoken,
    VoiceFailed,
)
from pipeline.frames import CallEnded, Hangup, ReplyEnded, Transcript
from pipeline.vocabulary import USUAL, Cause, ReplyEnd

CAUSES = frozenset(Cause)  # a plug-in may hang up for reasons of its own


class Troubles:
    """Counts a call's troubles from its events; a verdict on the call is made of `failures`."""

    def __init__(self) -> None:
        self._steps: Counter[tuple[str, str]] = Counter()  # (step, class of the error)
        self._providers: Counter[tuple[str, str]] = Counter()  # the same of providers, where another one was asked
        self._turns = self._wordless = 0
        self._replies = self._failed = 0
        self._unspoken = self._empty = 0
        self._answering: set[tuple[int, str]] = set()  # questions to a model without a word or a use so far
        self._cause = ""
        self._takes: Mapping[type[Any], Callable[[Any], None]] = {
            StepFailed: self._step_failed,
            AfterCallFailed: self._after_call_failed,
            ProviderFailed: self._provider_failed,
            VoiceFailed: self._voice_failed,
            Unspoken: self._not_spoken,
            ModelExchange: self._model,
            Transcript: self._transcript,
            ReplyEnded: self._reply_ended,
            Hangup: self._ending,
            CallEnded: self._ending,
        }

    def take(self, event: Event) -> None:
        """Take the next event of the call."""
        if (take := self._takes.get(event.kind)) is not None:
            take(event.frame if isinstance(event, Passed) else event)

    @property
    def failures(self) -> list[str]:
        """The troubles that the caller noticed, a sentence each; empty if the agent did its work."""
        found = [f"{step}: {error}, {_times(count)}" for (step, error), count in self._steps.items()]
        if self._failed:
            found.append(f"{self._failed} of {_count(self._replies, 'reply', 'replies')} failed: no model answered")
        if self._empty:
            found.append(f"the model's answer was empty, {_times(self._empty)}")
        if self._unspoken:
            found.append(f"{_count(self._unspoken, 'sentence')} no voice could speak: a beep or the clip was heard")
        if self._turns and self._wordless == self._turns:
            found.append(f"no words were understood in any turn of the caller, {self._wordless} of {self._turns}")
        if self._cause in CAUSES and self._cause not in USUAL:
            found.append(f"the agent ended the call: {self._cause}")
        return found

    @property
    def notes(self) -> list[str]:
        """The troubles that a fallback or a second attempt may have repaired, or that concern a part of the call."""
        found = [f"{provider} failed {_times(count)}: {error}" for (provider, error), count in self._providers.items()]
        if 0 < self._wordless < self._turns:
            found.append(f"no words were understood in {self._wordless} of {self._turns} turns of the caller")
        return found

    def _step_failed(self, event: StepFailed) -> None:
        self._steps[event.step, event.error] += 1

    def _after_call_failed(self, event: AfterCallFailed) -> None:
        self._steps[f"{event.step}, after the call", event.error] += 1

    def _provider_failed(self, event: ProviderFailed) -> None:
        self._providers[event.provider, event.error] += 1

    def _voice_failed(self, event: VoiceFailed) -> None:
        self._providers[event.provider, "no sound"] += 1

    def _not_spoken(self, event: Unspoken) -> None:
        self._unspoken += 1

    def _model(self, event: ModelExchange) -> None:
        ask = (event.ask, event.to)
        if event.ended and ask in self._answering:
            self._empty += 1
        if event.after is None:
            self._answering.add(ask)
        elif event.got is None or event.use or str(event.got).strip():
            self._answering.discard(ask)

    def _transcript(self, frame: Transcript) -> None:
        self._turns += frame.final
        self._wordless += frame.final and not frame.text.strip()

    def _reply_ended(self, frame: ReplyEnded) -> None:
        self._replies += 1
        self._failed += frame.reason == ReplyEnd.FAILED

    def _ending(self, frame: Hangup | CallEnded) -> None:
        self._cause = self._cause or frame.reason  # the socket may break after a goodbye: the first reason counts


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
