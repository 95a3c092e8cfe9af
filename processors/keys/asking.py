"""A tool that asks for keys: the wait for the first one, and the second asking."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import TimerHandle
from collections.abc import Callable

from pipeline.frames import AgentSpeaking, Collect, Interrupt, ReplyEnded, ReplyText, Transcript
from pipeline.processor import on
from pipeline.text import normalise
from pipeline.vocabulary import State
from processors.keys.held import SpeechHolding

LOOK = 0.5  # seconds to the next look, if the caller or the agent has the word


class Asking(SpeechHolding):
    """Waits for the first key of an entry that a tool has asked for, counted from the end of the agent's sound."""

    def begin(self) -> None:
        super().begin()
        self.order: Collect | None = None  # of a tool
        self.timer: TimerHandle | None = None  # of the next key, or of the end of the rest

    @abstractmethod
    def none_came(self, order: Collect) -> None:
        """End the wait of a tool, as no key has come."""

    @on(AgentSpeaking, Interrupt)
    def agent(self, control: AgentSpeaking | Interrupt) -> None:
        if self.turn is None:
            self.await_first()

    def await_first(self) -> None:
        """Wait for the first key from now on, if a tool has asked for keys."""
        if self.order is not None:
            self.wait(self.order.timeout, self.look)

    def look(self) -> None:
        """Ask for keys once more, or end the wait for them, once nobody has the word."""
        order = self.order
        if order is None or self.turn is not None:
            return
        # A timer that was moved at each word would ring in an answer that takes long to make: it looks instead.
        if self.call.state != State.LISTENING or self.speaking:
            self.wait(LOOK, self.look)
        elif order.again:
            self.ask_again(order, self.chain.next_turn())
        else:
            self.order = None
            self.none_came(order)

    def ask_again(self, order: Collect, turn: int) -> None:
        """Say the sentence that asks for keys, once, as an answer to this turn; then wait for the first key anew."""
        self.turn = None
        self.order = Collect(order.most, order.end, order.timeout, order.secret, order.name)
        self.await_first()
        self.push(ReplyText(turn, order.again))
        self.push(ReplyEnded(turn))

    def spoken(self, frame: Transcript) -> None:
        """Give a caller who has spoken the whole time to the first key once more."""
        if normalise(frame.text):
            self.await_first()

    def wait(self, seconds: float | None, action: Callable[[], None] | None = None) -> None:
        """Do this after so many seconds, in the place of that which was waited for; None: wait for nothing."""
        self.cancel_timer(self.timer)
        self.timer = None if seconds is None or action is None else self.later(seconds, action)
