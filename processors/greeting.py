"""Greets a caller who says nothing."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from pipeline.frames import AgentSpeaking, AudioIn, CallStarted, ReplyEnded, ReplyText, SpeechStarted
from pipeline.processor import Processor, StepSettings, on
from pipeline.spec import Duration


class Greeting(Processor):
    """Says a greeting if the caller is quiet as the call begins; a caller who speaks first is never greeted."""

    gives = (ReplyText, ReplyEnded)
    needs = ("vad",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        text: Annotated[str, Meta(description="What to say; blank: no greeting.")] = ""
        after: Annotated[Duration, Meta(description="How long the caller has to have been quiet.", ge=0, le=30)] = 0.8

    settings: Settings

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.due = False
        self.quiet = True  # nobody has spoken yet
        self.run = 0  # voiced frames in a row

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        return (settings.text.strip(),)

    @on(CallStarted)
    def begin(self, frame: CallStarted) -> None:
        if self.settings.text.strip():
            self.later(self.settings.after, self.greet)
        self.push(frame)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.run = self.run + 1 if frame.voiced else 0
        self.push(frame)
        if self.due and not self.run:
            self.greet()

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.quiet = False
        self.push(frame)

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        self.quiet = False

    def greet(self) -> None:
        """The caller has been quiet: greet, unless they have begun a word that is not yet long enough to be one."""
        self.due = self.quiet and self.run > 0
        if not self.quiet or self.due:
            return
        self.quiet = False
        text = self.settings.text.strip()
        self.call.log.info("GREETING")
        self.push(ReplyText(self.chain.turn, text))
        self.push(ReplyEnded(self.chain.turn))
