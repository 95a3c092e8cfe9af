"""Preemptive generation: an answer is begun before the caller's turn is over, as if they said no more.

The silence that ends a turn, and recognition after it, take longer than the words need to stand still. That time is
used: if the words stay, the answer is there at once; if not, it is closed, neither heard nor remembered.
"""

from __future__ import annotations

import asyncio
from asyncio import Task, TimerHandle
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from pipeline.events import AnsweredAhead
from pipeline.frames import ReplyAhead, Transcript
from pipeline.llm.draft import Draft
from pipeline.llm.history import Message, same
from pipeline.providers.fallback import Request
from pipeline.text import normalise
from pipeline.vocabulary import AheadOutcome
from pipeline.worker import Worker

SLOWER = 2  # times the patience after each reply in a turn: a caller with pauses shall not cost a request a word


class PreemptiveReply:
    """The reply, in bits, to a conversation as it may turn out: made and kept back."""

    def __init__(self, history: list[Message], draft: Draft, request: Request[str]) -> None:
        self.history = history
        self.draft = draft
        self._request = request
        self._made: list[str] = []
        self._more = asyncio.Event()
        self._task: Task[None] | None = None

    def generate(self, worker: Worker, turn: int) -> None:
        """Have it made in a task of its own; the worker sends its first piece ahead."""
        self._task = worker.spawn(self._make(worker, turn))
        self._task.add_done_callback(lambda _: self._more.set())

    def stop(self) -> None:
        """Stop generating: its request is closed."""
        if self._task is not None:
            self._task.cancel()

    def ends_with(self, task: Task[None]) -> None:
        """Stop once this task is over: even one that is cancelled before it has run leaves nothing open."""
        task.add_done_callback(lambda _: self.stop())

    @property
    def has_failed(self) -> bool:
        """True if it broke off."""
        task = self._task
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    async def pieces(self) -> AsyncGenerator[str, None]:
        """Yield the pieces that are ready at once, then the rest as they come. Raises the model's error."""
        given = 0
        assert self._task is not None
        while given < len(self._made) or not self._task.done():
            if given == len(self._made):
                self._more.clear()
                await self._more.wait()
                continue
            given += 1
            yield self._made[given - 1]
        await self._task

    async def _make(self, worker: Worker, turn: int) -> None:
        async with aclosing(self.draft.pieces(self._request)) as pieces:
            async for piece in pieces:
                self._made.append(piece)
                self._more.set()
                if len(self._made) == 1:
                    worker.chain.enter(worker.push, ReplyAhead(turn, piece))


Answer = Callable[[str], PreemptiveReply | None]


class PreemptiveGeneration:
    """Watches what the caller seems to have said, and has it answered once it has stood still for `stable` seconds.

    `answer` gives the reply to a text, or None. The outcome of each is an event of the call: used, wasted, or late, if
    the words were final before they had stood still.
    """

    def __init__(self, worker: Worker, answer: Answer, stable: float, wanted: bool) -> None:
        self.worker = worker
        self.stable, self.wanted = stable, wanted
        self.turn = self.done = -1  # the one that is answered ahead; the last one whose words are final
        self.patience = stable  # seconds for which its words have to stand still now
        self.words = ""
        self._answer = answer
        self._timer: TimerHandle | None = None
        self._reply: PreemptiveReply | None = None

    def hear(self, frame: Transcript) -> None:
        """Words that may still change."""
        turn, words = frame.turn, normalise(frame.text)
        if not self.wanted or turn != self.worker.chain.turn or turn <= self.done:
            return
        if (turn, words) == (self.turn, self.words):
            return
        self.drop()
        if turn != self.turn:
            self.turn, self.patience = turn, self.stable
        self.words = words
        if words:
            self._timer = self.worker.later(self.patience, lambda: self._stands(frame.text))

    def take(self, turn: int, history: list[Message]) -> PreemptiveReply | None:
        """The reply that has been begun, if this is what was asked in the end."""
        reply = self._reply
        if reply is not None and self.turn == turn and same(reply.history, history) and not reply.has_failed:
            self._reply = None
            self._tell(AheadOutcome.USED)
            return reply
        if self._timer is not None and self.turn == turn:
            self._tell(AheadOutcome.LATE)
        return None

    def over(self, turn: int) -> None:
        """The turn's words are final: drop a reply that was not used."""
        self.done = max(self.done, turn)
        self.drop()

    def drop(self) -> None:
        """Stop waiting, and drop the reply that is being made."""
        self.words = ""
        if self._timer is not None:
            self._timer.cancel()
            self.worker.timers.discard(self._timer)
            self._timer = None
        if self._reply is not None:
            self._reply.stop()
            self._reply = None
            self._tell(AheadOutcome.WASTED)

    def _stands(self, text: str) -> None:
        self._timer = None
        self._reply = self._answer(text)
        if self._reply is not None:
            self.patience *= SLOWER
            self._reply.generate(self.worker, self.turn)

    def _tell(self, outcome: AheadOutcome) -> None:
        self.worker.call.tell(AnsweredAhead(self.turn, outcome))
