"""Sends a reply on an absolute grid, from its first 20 ms to its last mark."""

from __future__ import annotations

from asyncio import TimerHandle

from pipeline.audio import FUZZ
from pipeline.frames import AgentSpeaking, AudioEnded, Clear
from pipeline.processor import Processor
from pipeline.vocabulary import Refusal, State
from processors.pacer.breath import Breath
from processors.pacer.filler import Filler
from processors.pacer.playout import Playout
from processors.pacer.settings import PacerSettings


class Sender(Processor):
    """Sends the reply under way, `reply`, as its sound is due; tells when it becomes audible and when it is over."""

    settings: PacerSettings

    def begin(self) -> None:
        self.reply: Playout | None = None
        self.timer: TimerHandle | None = None
        self.breath, self.room = Breath(self.call, self.settings), self.settings.room
        self.filler = Filler(self, self.settings.fixed(self.call.language), self.settings.filler_after)

    def end_reply(self, reply: Playout) -> None:
        """Note that no more sound of a reply will come."""
        self.filler.stop()
        reply.ended = True
        self.go()

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
        try:
            while (frame := reply.next(self.now, self.settings.lead)) is not None:
                self.push(frame)
        finally:  # also if a step below has failed at a piece: it may take the next one
            if reply.queue:
                # An absolute time, derived from the sound sent and not from `now`: a timer that fires late is followed
                # by an earlier one, and the grid does not drift. The next burst is sent when that much room is free
                # under `lead`.
                self.set(reply.plays_until - self.settings.lead + self.room)
            elif reply.ended:
                self.push(AudioEnded(reply.turn))  # all of its audio has been sent
                self.settle(reply)
            elif self.settings.filler_after and not reply.inside:
                self.filler.wait(reply.plays_until)  # more will come, and nothing is heard until then

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
        self.filler.stop()
        (reply, timer), self.reply, self.timer = (self.reply, self.timer), None, None
        if timer is not None:
            timer.cancel()
        return reply
