"""Lets the agent introduce itself only once a call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated

from pipeline.events import IntroDropped
from pipeline.frames import AgentSpeaking, Interrupt, ReplyAhead, ReplyEnded, ReplyText
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings, doc
from pipeline.text import Phrases, normalise, phrase, sentences
from pipeline.text.fixed import introductions


@lru_cache(64)  # one pattern for all calls of a config
def _phrases(words: tuple[str, ...]) -> Phrases:
    return Phrases(words)


class IntroFilter(Processor):
    """Drops sentences that introduce the agent again, once the caller has heard it speak.

    If nothing is left of a reply, the fixed sentence `instead` is said in its place.
    """

    gives = (ReplyText, ReplyAhead)
    optional = (ReplyAhead, ReplyEnded, AgentSpeaking, Interrupt)
    needs = ("llm",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        phrases: Annotated[
            list[str] | None,
            doc("Words that introduce: whole, Hebrew prefix letters allowed; default: the usual words."),
        ] = None
        instead: Annotated[str, doc("Sentence for a reply that nothing is left of; default: by language.")] = ""

        def doubts(self) -> Iterable[tuple[str, str]]:
            if self.phrases is not None and not any(map(normalise, self.phrases)):
                yield "phrases", "is empty, so that nothing is dropped"

        @property
        def introductions(self) -> Sequence[str]:
            """The words that introduce: as set, or the usual ones."""
            return introductions() if self.phrases is None else self.phrases

        def words(self, language: str) -> str:
            """Return the sentence said if nothing is left of a reply."""
            return self.instead or phrase("introduced", language)

    settings: Settings

    def begin(self) -> None:
        self.introductions = _phrases(tuple(self.settings.introductions))
        self.introduced = False  # the caller has heard a reply, or an introduction
        self.turn = -1
        self.left = self.dropped = 0  # pieces of that turn's reply: let through, and changed or dropped

    @classmethod
    def phrases(cls, settings: Settings, language: str) -> tuple[str, ...]:
        return (settings.words(language),)

    @on(ReplyText)
    def filter(self, frame: ReplyText) -> None:
        if frame.turn != self.turn:
            self.turn, self.left, self.dropped = frame.turn, 0, 0
        kept = self.kept(frame.text)
        if kept != frame.text:
            self.dropped += 1
            self.call.tell(IntroDropped(frame.turn, frame.text, kept))
        if kept:
            self.left += 1
            self.push(frame if kept == frame.text else ReplyText(frame.turn, kept))

    @on(ReplyAhead)
    def foresee(self, frame: ReplyAhead) -> None:
        """Filter a prepared piece in the same way, so that no sound is made for words that will be dropped."""
        if kept := self.kept(frame.text):
            self.push(frame if kept == frame.text else ReplyAhead(frame.turn, kept))

    def kept(self, text: str) -> str:
        """Return the part of a piece that may be said: all of it, or its sentences without an introduction."""
        if not self.introduced or not self.introductions.in_(text):
            return text
        return " ".join(one for one in sentences(text) if not self.introductions.in_(one))

    @on(ReplyEnded)
    def end(self, frame: ReplyEnded) -> None:
        if frame.turn == self.turn and self.dropped and not self.left:
            self.push(ReplyText(frame.turn, self.settings.words(self.call.language)))
        self.push(frame)

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        if not control.on:
            self.heard(control.heard)

    @on(Interrupt)
    def cut(self, control: Interrupt) -> None:
        self.heard(control.heard)

    def heard(self, text: str) -> None:
        """Note words that the caller has heard: a reply always introduces the agent, a greeting by its words alone."""
        self.introduced = self.introduced or bool(text and self.turn > 0) or self.introductions.in_(text)
