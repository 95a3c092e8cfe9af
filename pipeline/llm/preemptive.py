"""Preemptive generation: the model is asked before the end of the caller's turn is sure, on the words so far.

The silence that ends a turn, and the final recognition after it, take longer than interim words need to be taken for
stable, and once the caller is silent they need no time for that. If those were right, the answer is ready when the turn
ends; if not, its request is closed, and it is neither heard nor remembered.
"""

from __future__ import annotations

import asyncio
from asyncio import Task, TimerHandle
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from pipeline.conversation import Message, same
from pipeline.events import AnsweredAhead
from pipeline.frames import ReplyAhead, Transcript
from pipeline.llm.asked import Asked
from pipeline.llm.draft import Draft
from pipeline.providers.fallback import Request
from pipeline.text import normalise
from pipeline.vocabulary import AheadOutcome
from pipeline.worker import Worker

SLOWER = 2  # factor on the stability time after each reply begun in a turn
LATE = 0.4  # seconds after a pause was judged in which its last words may still come
LookUp = Callable[[Asked], tuple[tuple[str, str], Task[Any]] | None]


class PreemptiveReply:
    """A reply to the conversation as it may turn out, generated and kept until it is used.

    `history` is the conversation that it answers; `request` is its request to the model. `look_up` may begin a use of a
    tool that it asks for, and return the key and the task; the task ends with the reply unless the taker has it.
    """

    def __init__(
        self, history: list[Message], draft: Draft, request: Request[str | Asked], look_up: LookUp = lambda _: None
    ) -> None:
        self.history, self._look_up = history, look_up
        self.looked_up: dict[tuple[str, str], Task[Any]] = {}
        self.draft = draft
        self._request = request
        self._made: list[str | Asked] = []
        self._more = asyncio.Event()
        self._task: Task[None] | None = None

    def generate(self, worker: Worker, turn: int) -> None:
        """Start to generate, in a task of the worker, which pushes the first piece as `ReplyAhead` for the voice."""
        self._task = worker.spawn(self._make(worker, turn), awaited=True)
        # By callback and not at the coroutine's end: a task cancelled before its first step runs no code, and a reader
        # would wait for ever.
        self._task.add_done_callback(lambda _: self._more.set())

    def stop(self) -> None:
        """Cancel generation; its request is closed, and so is each use that was begun ahead."""
        for task in (self._task, *self.looked_up.values()):
            if task is not None:
                task.cancel()

    def ends_with(self, task: Task[None]) -> None:
        """Cancel generation once this task is done, even if it is cancelled before its first step."""
        task.add_done_callback(lambda _: self.stop())

    @property
    def has_failed(self) -> bool:
        """True if generation ended by an error or was cancelled."""
        task = self._task
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    async def pieces(self) -> AsyncGenerator[str | Asked, None]:
        """Yield the finished pieces at once, then the rest as they come. Raises the model's error."""
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
                # While the caller may still be speaking: the time that a look-up takes is no silence to them.
                if isinstance(piece, Asked) and (begun := self._look_up(piece)) is not None:
                    self.looked_up[begun[0]] = begun[1]
                self._more.set()
                if len(self._made) == 1 and not isinstance(piece, Asked):
                    worker.chain.enter(worker.push, ReplyAhead(turn, piece))


Answer = Callable[[str], PreemptiveReply | None]


class PreemptiveGeneration:
    """Watches the interim words, and starts a reply once they have stayed the same for `stable` seconds.

    In a pause that is likely the end of the turn it starts one at once, with the words at hand or with the next ones.
    `answer` returns the reply to a text, not started, or None; `wanted` is False if the config has switched it off.
    Each outcome is an event of the call: used, wasted, or late if the words were final before they were stable.
    """

    def __init__(self, worker: Worker, answer: Answer, stable: float, wanted: bool) -> None:
        self.worker = worker
        self.stable, self.wanted = stable, wanted
        self.turn = self.done = -1  # the turn being answered ahead; the last turn with final words
        self.patience = stable  # seconds for which its words must stay the same now
        self.words = self._text = ""  # as compared, and as they came
        self._hasty = 0.0  # loop time to which words are answered at once
        self._answer = answer
        self._timer: TimerHandle | None = None
        self._reply: PreemptiveReply | None = None

    def hear(self, frame: Transcript) -> None:
        """Take interim words: new ones drop the reply under way and start the stability time anew."""
        turn, words = frame.turn, normalise(frame.text)
        if not self.wanted or turn != self.worker.chain.turn or turn <= self.done:
            return
        # Recognisers repeat interim results, and correct case and punctuation: neither restarts the clock.
        if (turn, words) == (self.turn, self.words):
            return
        self.drop()
        if turn != self.turn:
            self.turn, self.patience = turn, self.stable
        self.words, self._text = words, frame.text
        if words and self.worker.now < self._hasty:
            self._stands()
        elif words:
            self._timer = self.worker.later(self.patience, self._stands)

    def likely(self, turn: int) -> None:
        """Take note that the caller's turn is likely over: answer its words at once, those of the next 0.4 s too."""
        self._hasty = self.worker.now + LATE
        if self._timer is not None and turn == self.turn:
            self.worker.cancel_timer(self._timer)
            self._stands()

    def take(self, turn: int, history: list[Message]) -> PreemptiveReply | None:
        """Hand over the reply under way if it answers this conversation and has not failed; otherwise None.

        From then on `drop` and `over` leave it alone: the taker stops it.
        """
        reply = self._reply
        if reply is not None and self.turn == turn and same(reply.history, history) and not reply.has_failed:
            self._reply = None
            self._tell(AheadOutcome.USED)
            return reply
        if self._timer is not None and self.turn == turn:
            self._tell(AheadOutcome.LATE)
        return None

    def over(self, turn: int) -> None:
        """Note that the turn's words are final, and drop a reply that was not used."""
        self.done = max(self.done, turn)
        self.drop()

    def drop(self) -> None:
        """Cancel the timer, and the reply under way if there is one."""
        self.words = ""
        self.worker.cancel_timer(self._timer)
        self._timer = None
        if self._reply is not None:
            self._reply.stop()
            self._reply = None
            self._tell(AheadOutcome.WASTED)

    def _stands(self) -> None:
        self._timer = None
        self._reply = self._answer(self._text)
        if self._reply is not None:
            # A slow speaker pauses between phrases, and each pause would cost a request that is thrown away: with the
            # doubling, a turn of any length has a handful of them.
            self.patience *= SLOWER
            self._reply.generate(self.worker, self.turn)

    def _tell(self, outcome: AheadOutcome) -> None:
        self.worker.call.tell(AnsweredAhead(self.turn, outcome))
