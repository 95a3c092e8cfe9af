"""Entries on the keypad: their first key, their last, and the tool or the model that gets them."""

from __future__ import annotations

from pipeline import audio
from pipeline.events import KeysMuted
from pipeline.frames import (
    AgentSpeaking,
    Collect,
    Dtmf,
    Interrupt,
    Keys,
    ReplyEnded,
    ReplyText,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    TurnLikely,
)
from pipeline.keypad import AFTER
from pipeline.processor import on
from pipeline.redaction.words import KEY, TYPED
from pipeline.vocabulary import DropReason, KeysEnd
from processors.keys.asking import Asking
from processors.keys.settings import KeysSettings

MOST = 40  # keys of an entry, if no tool asked for fewer: a key that is held down is no endless one
LOOK = 0.5  # seconds to the next look, if the caller or the agent has the word


class KeyEntries(Asking):
    """Gathers keys into entries: for the tool that has asked for one, otherwise for the model, as the caller's words.

    The first key begins a turn, so that the agent stops as it does for a voice. From there to the end of the entry,
    speech is held: it ends with TurnDropped("keys"). An entry is over with its `end` key, with as many keys as were
    asked for, or with a pause. Digits of a secret entry never come here, but to the call's keypad.
    """

    gives = (SpeechStarted, SpeechStopped, Keys, Transcript, TurnDropped, ReplyText, ReplyEnded)
    holds = (Dtmf,)
    optional = (
        Collect,
        AgentSpeaking,
        Interrupt,
        SpeechStarted,
        SpeechHeld,
        SpeechReleased,
        SpeechStopped,
        TurnLikely,
        TurnDropped,
        Transcript,
    )
    needs = ("asr",)

    Settings = KeysSettings
    settings: KeysSettings

    def begin(self) -> None:
        super().begin()
        self.call.keypad.ready = True
        self.digits = ""  # of the entry under way, as they may be shown
        self.began = 0.0  # stream time of its first key
        self.rests = False  # the entry is over, and further keys are still taken for its own

    # ---- keys --------------------------------------------------------------------------------------------------------

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        key, words = frame.digit, self.settings.menu.get(frame.digit, "")
        if self.rests:
            self.wait(self.settings.pause, self.rest_over)
            return
        if self.turn is None:
            self.begin_entry()
        # Alone, it is a key like any other: no entry was begun that it could end.
        if key == self.end and (self.digits or self.order):
            self.finish(KeysEnd.END)
            return
        self.digits += key
        if len(self.digits) >= self.most:
            self.finish(KeysEnd.FULL, "" if self.order else words)
        else:
            self.wait(self.settings.pause, lambda: self.finish(KeysEnd.TIMEOUT))

    @property
    def end(self) -> str:
        """The key that ends an entry."""
        return self.order.end if self.order else self.settings.end

    @property
    def most(self) -> int:
        """The keys of an entry: with a menu, one."""
        return min(self.order.most, MOST) if self.order else 1 if self.settings.menu else MOST

    @property
    def at(self) -> float:
        """Stream time, in seconds."""
        return self.call.rx * audio.FRAME_SECONDS

    def begin_entry(self) -> None:
        self.turn, self.digits, self.began = self.chain.next_turn(), "", self.at
        self.hold()
        self.push(SpeechStarted(self.turn, self.at))

    def finish(self, why: KeysEnd, words: str = "") -> None:
        """End the entry under way, and give it to the tool that asked, or say its words for the caller."""
        turn, digits, order = self.turn or 0, self.digits, self.order
        self.hold_late_words()
        # Behind the controls of an interruption, which its only key may be: the model must have heard of it before.
        self.chain.enter(self.push, SpeechStopped(turn, self.at, audio.FRAME_SECONDS))
        if order is not None and not digits and order.again:
            self.chain.enter(self.ask_again, order, turn)
            return
        self.turn, self.order = None, None
        keys = Keys(turn, digits, why, self.keep(order))
        self.call.log.info("KEYS {} {}{}", len(digits), why, " for a tool" if order is not None else "")
        self.rest(order, why)
        self.chain.enter(self.push, keys)
        if order is None:
            self.chain.enter(self.push, Transcript(turn, words or f"{TYPED} {digits}"))
        else:
            self.chain.enter(self.collected, keys)

    def collected(self, keys: Keys) -> None:
        """Give an entry to the tool that asked for it; its result is the answer to the turn."""
        self.call.keypad.collected(keys)
        # A moment later: the tool has its result by then, and the model that is asked for the answer knows it.
        self.later(audio.FRAME_SECONDS, lambda: self.push(TurnDropped(keys.turn, DropReason.KEYS)))

    def keep(self, order: Collect | None) -> str:
        """Keep the digits of a secret entry in the call's memory, and return the name that they have there."""
        if order is None or not order.secret or not self.digits:
            return ""
        name = order.name or "keys"
        self.call.memory.secrets[name] = self.call.keypad.take()
        self.call.tell(KeysMuted(self.began, self.at - self.began + AFTER))
        return name

    # ---- after an entry ----------------------------------------------------------------------------------------------

    def rest(self, order: Collect | None, why: KeysEnd) -> None:
        """Take keys that follow for the rest of this entry, if they may be: of a secret, or of more than was asked."""
        if (order is not None and order.secret) or (
            why is KeysEnd.FULL and (order is not None or not self.settings.menu)
        ):
            self.rests = True
            self.wait(self.settings.pause, self.rest_over)
        else:
            self.wait(None)

    def rest_over(self) -> None:
        self.rests = False
        self.wait(None)
        self.call.keypad.show()

    # ---- a tool that asks --------------------------------------------------------------------------------------------

    @on(Collect)
    def collect(self, control: Collect) -> None:
        """Take the entry under way, or the next one, for a tool; or, with no keys to take, no longer."""
        if self.rests:
            self.rest_over()
        before, self.order = self.order, control if control.most else None
        # A caller who knows the question types ahead: these keys were in frames already, and are hidden from here on.
        if control.secret and control.most:
            self.call.keypad.hide(control.end, self.digits if self.turn is not None else "")
            self.digits = KEY * len(self.digits)
        if before is not None and before.secret and self.order is None:
            self.give_up(before)
        elif self.turn is None:
            self.await_first()
        elif len(self.digits) >= self.most:
            self.finish(KeysEnd.FULL)

    def give_up(self, order: Collect) -> None:
        """Forget a secret entry that its tool waits for no longer: no other step may have the digits."""
        turn, self.turn = self.turn, None
        self.call.keypad.take()
        self.rest(order, KeysEnd.TIMEOUT)
        if turn is not None:
            self.push(TurnDropped(turn, DropReason.KEYS))

    def none_came(self, order: Collect) -> None:
        keys = Keys(self.chain.turn, "", KeysEnd.TIMEOUT)
        self.rest(order, keys.why)
        self.push(keys)
        self.call.keypad.collected(keys)
