"""The agent's replies in a call, derived from its events while they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from pipeline.events import IntroDropped, ReplyUnfinished
from pipeline.frames import AgentSpeaking, AudioOut, Interrupt, ReplyStopped, ReplyText


class Reply(msgspec.Struct):
    """A reply; times are moments. `heard_seconds` is None unless it was interrupted."""

    turn: int
    started: float
    pieces: Sequence[str] = ()  # its words, sentence by sentence; grows while it is made
    ended: float | None = None
    heard: str = ""
    heard_seconds: float | None = None
    stopped: bool = False  # interrupted by `StopReply`
    unfinished: bool = False  # the call ended while it was heard

    @property
    def cut(self) -> bool:
        """True if it was interrupted, by the caller or by `StopReply`."""
        return self.heard_seconds is not None

    @property
    def unheard(self) -> str:
        """The words that an interruption or the call's end cut off; empty if they cannot be told from those heard."""
        whole = " ".join(self.pieces)
        broken = (self.cut or self.unfinished) and whole.startswith(self.heard)
        return whole[len(self.heard) :].strip() if broken else ""


class Replies:
    """The replies of one call: `all` became audible; times are moments.

    `takes` has a function for each name of an event that counts.
    """

    def __init__(self) -> None:
        self.all: list[Reply] = []
        self._pieces: dict[int, list[str]] = {}  # a reply's words, by its turn
        self._worded: dict[int, float] = {}  # the moment of its first words, by its turn
        self._sounding: int | None = None  # the turn whose answer's sound came last
        self.takes: dict[str, Callable[[float, Any], None]] = {
            ReplyText.__name__: self._reply_text,
            IntroDropped.name: self._intro_dropped,
            AudioOut.__name__: self._audio_out,
            AgentSpeaking.__name__: self._agent_speaking,
            Interrupt.__name__: partial(self._cut, stopped=False),
            ReplyStopped.__name__: partial(self._cut, stopped=True),
            ReplyUnfinished.name: self._unfinished,
        }

    @property
    def barge_ins(self) -> list[Reply]:
        """The replies that the caller interrupted."""
        return [reply for reply in self.all if reply.cut and not reply.stopped]

    @property
    def unspoken(self) -> list[Reply]:
        """The replies that had words and never became audible; `started` is the moment of their first words."""
        audible = {reply.turn for reply in self.all}
        silent = ((turn, pieces) for turn, pieces in self._pieces.items() if pieces and turn not in audible)
        return [Reply(turn, self._worded[turn], pieces) for turn, pieces in silent]

    def _reply_text(self, at: float, frame: Any) -> None:
        self._worded.setdefault(frame.turn, at)
        self._pieces.setdefault(frame.turn, []).append(str(frame.text))

    def _intro_dropped(self, at: float, told: Any) -> None:
        self._pieces[told.turn].pop()  # the part that is kept comes as another piece

    def _audio_out(self, at: float, frame: Any) -> None:
        self._sounding = frame.turn

    def _agent_speaking(self, at: float, frame: Any) -> None:
        if frame.on:
            number = max(self._pieces, default=0) if self._sounding is None else self._sounding
            self.all.append(Reply(number, at, self._pieces.setdefault(number, [])))
        elif self.all and self.all[-1].ended is None:
            self.all[-1].ended, self.all[-1].heard = at, str(frame.heard)

    def _cut(self, at: float, frame: Any, stopped: bool) -> None:
        if self.all and self.all[-1].ended is None:
            reply = self.all[-1]
            reply.ended, reply.heard, reply.heard_seconds = at, str(frame.heard), float(frame.heard_seconds)
            reply.stopped = stopped

    def _unfinished(self, at: float, told: Any) -> None:
        if self.all and self.all[-1].ended is None:
            reply = self.all[-1]
            reply.ended, reply.heard, reply.unfinished = at, str(told.heard), True
