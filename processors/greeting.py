"""Greets a silent caller as the call begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pipeline.frames import AgentSpeaking, AudioIn, CallStarted, Dtmf, ReplyEnded, ReplyText, SpeechStarted, TurnDropped
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text.languages import is_foreign


class Greeting(Processor):
    """Says a greeting if the caller is quiet as the call begins; never after the caller has spoken or pressed a key.

    A turn that is dropped, such as a cough, does not count as speaking.
    """

    gives = (ReplyText, ReplyEnded)
    optional = (AgentSpeaking, Dtmf, TurnDropped)
    needs = ("end_of_utterance",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        text: Annotated[str, doc("The greeting; blank: none.", sample="Hello, how can I help you?")] = ""
        after: Annotated[Duration, doc("Silence of the caller before it.", 0, 30)] = 0.8

        def doubts(self) -> Iterable[tuple[str, str]]:
            if not self.text.strip():
                yield "text", "is blank, so that callers are not greeted"

        def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
            if is_foreign(self.text, language):
                yield "text", f"is not in the script of the config's language, {language}"

    settings: Settings

    def begin(self) -> None:
        self.due = self.done = False  # `after` is over; the greeting or another reply was said
        self.turns = 0  # the caller's turns, without the dropped ones
        self.run = 0  # voiced frames in a row

    @classmethod
    def phrases(cls, settings: Settings, language: str) -> tuple[str, ...]:
        return (settings.text.strip(),)

    @on(CallStarted)
    def arm(self, frame: CallStarted) -> None:
        if self.settings.text.strip() and not self.call.conversation:  # a call that is back from a transfer goes on
            self.later(self.settings.after, self.ring)
        self.push(frame)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.run = self.run + 1 if frame.voiced else 0
        self.push(frame)
        self.greet()

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.turns += 1
        self.push(frame)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        self.turns -= 1
        self.push(frame)
        self.greet()

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        self.done = True
        self.push(frame)

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        self.done = True

    def ring(self) -> None:
        self.due = True
        self.greet()

    def greet(self) -> None:
        """Say the greeting once the caller has been quiet for `after`, unless a voiced frame came just now."""
        # A voiced frame may be the start of a word: wait for the frame that is not, or for the turn that it becomes.
        if self.done or not self.due or self.turns or self.run:
            return
        self.done = True
        text = self.settings.text.strip()
        self.call.log.info("GREETING")
        self.push(ReplyText(self.chain.turn, text))
        self.push(ReplyEnded(self.chain.turn))
