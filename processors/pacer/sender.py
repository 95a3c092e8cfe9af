"""Sends a reply on an absolute grid, from its first 20 ms to its last mark."""

from __future__ import annotations

import math
from asyncio import TimerHandle

from pipeline.audio import FUZZ
from pipeline.frames import AgentSpeaking, AudioEnded, Clear, ReplyStopped
from pipeline.processor import Processor
from pipeline.vocabulary import Refusal, State
from processors.pacer.breath import Breath
from processors.pacer.filler import Filler
from processors.pacer.lead import Lead
from processors.pacer.playout import Playout
from processors.pacer.settings import PacerSettings
from processors.pacer.turn_limit import TurnLimit, TurnLost

OVERDUE = 0.2  # seconds that the end of a pause may be late


class Sender(Processor):
    """Sends the reply under way, `reply`, as its sound is due; tells when it becomes audible and when it is over."""

    settings: PacerSettings

    def begin(self) -> None:
        self.reply: Playout | None = None
        self.last = -1, 0  # the last reply's turn, and its place among the replies of that
        self.timer: TimerHandle | None = None
        self.pause: TimerHandle | None = None  # ends that of the reply under way, if nothing tells of an interruption
        self.breath, self.lead = Breath(self.call, self.settings), Lead(self, self.settings.lead, self.settings.room)
        self.filler = Filler(self, self.settings.words(self.call.language), self.settings.filler_after)
        self.limit = TurnLimit(self, self.settings.answer_within, self.give_up)

    def next_reply(self, turn: int) -> Playout:
        """Begin another reply, and return it."""
        self.last = turn, self.last[1] + 1 if self.last[0] == turn else 1
        self.reply = Playout(*self.last)
        return self.reply

    def end_reply(self, reply: Playout) -> None:
        """Note that no more sound of a reply will come."""
        self.stop_waiting()
        reply.ended = True
        self.go()

    def give_up(self) -> None:
        """End a turn that no step has answered or ended: with an apology, unless a part of an answer was heard."""
        self.chain.fault(self, TurnLost(f"turn {self.chain.turn} was not answered, or its answer not ended"))
        if self.reply is None or not self.reply.worded:
            seconds = self.reply.heard(self.now)[1] if self.reply is not None else 0.0  # of fillers
            self.raise_up(ReplyStopped(self.chain.turn, "", seconds))
            self.filler.ask(self.sorry)
        self.chain.enter(self.leave, self.chain.turn)

    def leave(self, turn: int) -> None:
        """Listen again, once the sound that has come so far has been heard."""
        if self.reply is not None:
            self.end_reply(self.reply)
        elif turn == self.chain.turn:
            self.call.becomes(State.LISTENING)

    def go(self) -> None:
        """Send the frames that are due, unless a timer is set to do so."""
        if self.timer is None:
            self.set(max(self.now, self.breath.until))

    def set(self, at: float) -> None:
        # A time of the grid is a sum of floats: a difference below FUZZ is rounding, and a timer for it would cost a
        # tick.
        if at <= self.now + FUZZ:
            self.tick()
        else:
            self.timer = self.chain.loop.call_at(at, self.chain.enter, self.tick)

    def tick(self) -> None:
        self.timer, reply = None, self.reply
        if reply is None:
            return
        if not reply.started:
            self.begin_reply(reply)
            return
        # In a pause no sound may be sent however far ahead the ear is, and marks go on.
        lead = -math.inf if self.pause is not None else self.lead.seconds
        try:
            while (frame := reply.next(self.now, lead)) is not None:
                self.push(frame)
        finally:  # also if a step below has failed at a piece: it may take the next one
            if reply.queue and self.pause is None:
                # An absolute time, derived from the sound sent and not from `now`: a timer that fires late is followed
                # by an earlier one, and the grid does not drift. The next burst is sent when that much room is free
                # under `lead`.
                self.set(reply.plays_until - self.lead.seconds + self.lead.room)
            elif reply.ended and not reply.queue:
                self.push(AudioEnded(reply.turn))  # all of its audio has been sent
                self.settle(reply)
            elif self.pause is None:
                self.wait(reply)

    def begin_pause(self, reply: Playout, within: float) -> None:
        """Send no more sound; that under way is heard. No filler and no apology comes meanwhile.

        It goes on by itself if neither `resume` nor `drop` has been called these seconds later.
        """
        # The caller is speaking, and waits for nothing; afterwards the waits go on, as if the pause had not been.
        # A step may keep the frame that ends it to itself, and a line may send no more: neither may silence the agent.
        self.cancel_timer(self.pause)
        self.pause = self.later(within + OVERDUE, self.resume)
        self.filler.stop()
        self.limit.pause()
        if reply.queue and self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def resume(self) -> None:
        """Go on with the next 20 ms after the last ones sent."""
        if self.pause is not None:
            self.end_pause()
            self.lead.paused()
            self.limit.resume()
            self.go()

    def end_pause(self) -> None:
        self.cancel_timer(self.pause)
        self.pause = None

    def stop_waiting(self) -> None:
        """Wait for no more sound: the answer is complete, or none is to come."""
        self.filler.stop()
        self.limit.stop()

    def wait(self, reply: Playout) -> None:
        """Wait for the next sound of a reply: nothing is heard until it comes."""
        if reply.worded and not self.limit.waits:  # from its last word on: a filler gives it no more time
            self.limit.wait(reply.plays_until)
        if self.settings.filler_after and not reply.inside:
            self.filler.wait(reply.plays_until)

    def begin_reply(self, reply: Playout) -> None:
        """Make a reply audible: clear the buffer of an older one, send the first frame, then report the start."""
        reply.started, reply.plays_until = True, self.now
        self.call.becomes(State.SPEAKING)
        if reply.worded:
            self.breath.end(reply.turn, self.now)
        # Four actions of their own, in this order: the caller must not hear the rest of an older reply behind the new
        # one's first frame, and handlers of AgentSpeaking above must not delay that frame.
        self.raise_up(Clear(reply.turn))
        self.chain.enter(self.speak)
        self.raise_up(AgentSpeaking(True))
        self.chain.enter(self.tick)

    def speak(self) -> None:
        """Send the first 20 ms, before the steps above hear that the agent speaks: the caller is waiting for them."""
        if self.reply is not None and (first := self.reply.next(self.now, self.settings.lead)) is not None:
            self.push(first)
            self.call.wire.flush()

    def settle(self, reply: Playout) -> None:
        """End the reply once its last mark has come back, or `mark_timeout` after its sound should have been played."""
        if not reply.ended or reply.queue:
            return
        if not reply.marks:
            self.over(reply)
        elif self.timer is None:
            played = max(reply.plays_until, self.now)
            self.timer = self.chain.loop.call_at(played + self.settings.mark_timeout, self.chain.enter, self.overdue)

    def overdue(self) -> None:
        self.timer = None
        if self.reply is not None:
            self.call.refuse(Refusal.MARK_OVERDUE, f"{len(self.reply.marks)} marks did not come back")
            self.over(self.reply)

    def over(self, reply: Playout) -> None:
        self.drop()
        self.call.becomes(State.LISTENING)
        self.raise_up(AgentSpeaking(False, reply.text))
        self.call.log.words("REPLY: {}", reply.text)

    def drop(self) -> Playout | None:
        """Forget the reply under way and its timer, and return the reply."""
        self.stop_waiting()
        self.end_pause()
        (reply, timer), self.reply, self.timer = (self.reply, self.timer), None, None
        if timer is not None:
            timer.cancel()
        return reply
