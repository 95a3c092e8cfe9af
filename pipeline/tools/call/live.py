"""Print a call's transcript line by line while it goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from pipeline.events import Event, IntroDropped, Passed
from pipeline.frames import AgentSpeaking, CallStarted, Interrupt, ReplyEnded, ReplyText, SpeechStarted, Transcript
from pipeline.log.setup import escaped
from pipeline.records.timeline import Timeline
from pipeline.terminal.paint import CYAN, MAGENTA, paint_on
from pipeline.tools.call.verdict import Verdict
from pipeline.tools.troubles import Troubles

COLOURS = {"caller": CYAN, "agent": MAGENTA}


class Live:
    """Prints the transcript of one call to `to`, stdout by default.

    `timeline` has its figures, in loop time, `troubles` its failures; `advice` are notes for its verdict.
    """

    def __init__(self, to: TextIO | None = None, advice: Sequence[str] = ()) -> None:
        self._advice = advice
        self.timeline = Timeline()
        self.troubles = Troubles()
        self.started: float | None = None
        self._to = to or sys.stdout
        self._paint = paint_on(self._to)
        self._pieces: list[str] = []  # of the agent's reply, not printed yet
        self._speaking = False
        self._open = False  # more of the reply may follow

    def agent(self, now: float, event: Event) -> None:
        """Take an event of the call: a watcher, at `now` in loop time."""
        self.timeline.tell(now, event.what, event.particulars())
        self.troubles.take(event)
        frame = event.frame if isinstance(event, Passed) else None
        if isinstance(event, IntroDropped):
            self._pieces = self._pieces[:-1]  # not spoken; the part that is kept comes as another piece
            return
        if isinstance(frame, ReplyText | ReplyEnded):
            self._open = isinstance(frame, ReplyText)
        # A reply is one line, also if its end is not known yet as its beginning is heard.
        if self._speaking and (not self._open or isinstance(frame, SpeechStarted)):
            self._tell_agent(now)
        if isinstance(frame, CallStarted):
            self.started = now
        elif isinstance(frame, Transcript) and frame.final:
            self._tell(now, "caller", frame.text or "(no words)")
        elif isinstance(frame, ReplyText):
            self._pieces.append(frame.text)
        elif isinstance(frame, SpeechStarted):
            self._pieces = []  # not heard so far, so never
        if isinstance(frame, AgentSpeaking) and not (frame.on and self._open):
            self._tell_agent(now)
        if isinstance(frame, AgentSpeaking | Interrupt):
            self._speaking = isinstance(frame, AgentSpeaking) and frame.on
        if isinstance(frame, Interrupt):
            self._tell(now, "caller", f"— speaks over the agent, who had said: {frame.heard or 'nothing yet'}")

    @property
    def verdict(self) -> Verdict:
        """The agent's part of the verdict on the call; of one that runs elsewhere, nothing is known."""
        return Verdict(self.troubles.failures, [*self.troubles.notes, *self._advice], inside=self.started is not None)

    def _tell_agent(self, now: float) -> None:
        if self._pieces:
            self._tell(now, "agent", " ".join(self._pieces))
        self._pieces = []

    def _tell(self, now: float, who: str, text: str) -> None:
        at = now - (self.started if self.started is not None else now)
        # A reader that went away must not become a fault of the call; the verb's own output says that it is gone.
        with suppress(OSError):
            told = self._paint(f"{who:<6}  {self._paint.isolated(escaped(text))}", COLOURS[who])
            print(f"{at:6.2f} s  {told}", file=self._to, flush=True)
