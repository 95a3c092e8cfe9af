"""Key presses as words: a caller who presses 1 has said what 1 stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from kav import Processor, StepSettings, doc, on
from kav.frames import AudioIn, Dtmf, ReplyEnded, ReplyText, SpeechStarted, Transcript


class Keys(Processor):
    """Turns each key with a choice into the caller's words, and asks again after any other key."""

    gives = (SpeechStarted, Transcript, ReplyText, ReplyEnded)
    holds = (Dtmf,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        choices: Annotated[dict[str, str], doc("A key, and the words that it stands for.", sample={"1": "sales"})]
        unknown: Annotated[str, doc("Said after a key without a choice.")] = "That key has no meaning here."

        def faults(self) -> Iterable[tuple[str, str]]:
            if odd := [key for key in self.choices if key not in tuple("0123456789*#")]:
                yield "choices", f"has {odd[0]!r}, which is no key: 0 to 9, * or #"

    settings: Settings

    def begin(self) -> None:
        self.at = 0.0  # stream time

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.at = frame.at
        self.push(frame)

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        words = self.settings.choices.get(frame.digit)
        turn = self.chain.next_turn()
        # A key interrupts the agent as a voice does: the pacer below empties itself on the start of a turn.
        self.push(SpeechStarted(turn, self.at))
        if words is not None:
            self.push(Transcript(turn, words))
        else:
            self.push(ReplyText(turn, self.settings.unknown))
            self.push(ReplyEnded(turn))
