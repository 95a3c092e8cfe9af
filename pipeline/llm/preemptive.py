"""An answer begun before the caller's turn is over: to what they have said, if they say no more.

The silence that ends a turn, and recognition after it, take longer than the words need to stand still. A guess uses
that time: right, it is the answer at once; wrong, it is closed, and nobody has heard or remembered anything of it.
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

SLOWER = 2  # after each guess in a turn: who speaks with pauses shall not cost a request for each word


class Guess:
    """The reply, in bits, to a conversation as it may turn out: made and kept back."""

    def __init__(self, history: list[Message], draft: Draft, request: Request[str]) -> None:
        self.history = history
        self.draft = draft
        self._request = request
        self._made: list[str] = []
        self._more = asyncio.Event()
        self._task: Task[None] | None = None

    def begin(self, worker: Worker, turn: int) -> None:
        """Let it be made, in a task of its own; the worker sends its first piece ahead."""
        self._task = worker.spawn(self._make(worker, turn))
        self._task.add_done_callback(lambda _: self._more.set())

    def stop(self) -> None:
        """Nobody wants it: its request is closed."""
        if self._task is not None:
            self._task.cancel()

    def ends_with(self, task: Task[None]) -> None:
        """Stop once this task is over: even one that is cancelled before it has run leaves nothing open."""
        task.add_done_callback(lambda _: self.stop())

    @property
    def has_failed(self) -> bool:
        """Whether it broke off."""
        task = self._task
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    async def pieces(self) -> AsyncGenerator[str, None]:
        """What is ready at once, then the rest as it comes. Raises what the model raised."""
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


class Guesses:
    """Watches what the caller seems to have said, and has it answered once it has stood still for `stable` seconds.

    `guess` gives the reply to a text, or None. What came of each is an event of the call: used, wasted, or late, if the
    words were final before they had stood still.
    """

    def __init__(self, worker: Worker, guess: Callable[[str], Guess | None], stable: float, wanted: bool) -> None:
        self.worker = worker
        self.stable, self.wanted = stable, wanted
        self.turn = self.done = -1  # the one that is guessed at; the last one whose words are final
        self.patience = stable  # seconds for which its words have to stand still now
        self.words = ""
        self._answer = guess
        self._timer: TimerHandle | None = None
        self._guess: Guess | None = None

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

    def take(self, turn: int, history: list[Message]) -> Guess | None:
        """The reply that has been begun, if this is what was asked in the end."""
        guess = self._guess
        if guess is not None and self.turn == turn and same(guess.history, history) and not guess.has_failed:
            self._guess = None
            self._tell(AheadOutcome.USED)
            return guess
        if self._timer is not None and self.turn == turn:
            self._tell(AheadOutcome.LATE)
        return None

    def over(self, turn: int) -> None:
        """What this turn's words are is known: a guess that was not taken by now did not know it."""
        self.done = max(self.done, turn)
        self.drop()

    def drop(self) -> None:
        """What has been begun is of no use."""
        self.words = ""
        if self._timer is not None:
            self._timer.cancel()
            self.worker.timers.discard(self._timer)
            self._timer = None
        if self._guess is not None:
            self._guess.stop()
            self._guess = None
            self._tell(AheadOutcome.WASTED)

    def _stands(self, text: str) -> None:
        self._timer = None
        self._guess = self._answer(text)
        if self._guess is not None:
            self.patience *= SLOWER
            self._guess.begin(self.worker, self.turn)

    def _tell(self, outcome: AheadOutcome) -> None:
        self.worker.call.tell(AnsweredAhead(self.turn, outcome))
