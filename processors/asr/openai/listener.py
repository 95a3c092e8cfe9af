"""Recognition of one call, through as many realtime sessions as that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from pipeline.call import Call
from pipeline.events import RecognitionReopened
from processors._shared.openai_client import ProviderFault
from processors.asr.openai.events import is_fatal
from processors.asr.openai.session import Realtime, Session
from processors.asr.openai.settings import OpenAiSettings
from processors.asr.openai.turn import Turn

RETRIES = 3  # sessions in a row that end without a word; after that the turns fail
DELAY = 0.1  # seconds before the second of them, doubled before each later one
FULL = 1.0  # seconds until the next session, if a server that is full does not say when
STEADY = 10.0  # seconds after which a session that ends is replaced at once, also between turns
QUIET = 60.0  # seconds between two warnings about errors that a session survives


class Host(Protocol):
    """The recogniser that a listener works for, as the listener sees it."""

    settings: OpenAiSettings
    shared: Any
    call: Call

    @property
    def now(self) -> float:
        """Loop time, seconds."""

    def later(self, seconds: float, action: Callable[[], None]) -> object:
        """Run an action inside the chain after this many seconds."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work that ends with the call."""

    def understood(self, turn: Turn) -> None:
        """Take note of a turn's new interim words."""


class Listener:
    """Hears the turns of a call; replaces a session that breaks or grows old, and sends it the open turns again."""

    def __init__(self, step: Host, realtime: Realtime) -> None:
        self.step, self.settings, self.realtime = step, step.settings, realtime
        self.turns: list[Turn] = []  # without an outcome, in their order
        self.session: Session | None = None
        self.last: ProviderFault | None = None  # the reason for which the latest session ended
        self.failures = 0  # sessions that ended since words last came
        self.closed = False
        self._task: asyncio.Task[None] | None = None
        self._quiet_until = 0.0

    # ---- the call's side --------------------------------------------------------------------------------------------

    def begin(self, number: int, ulaw: bytes) -> Turn:
        """Begin a turn with this sound."""
        turn = Turn(number, ulaw)
        self.turns.append(turn)
        self.failures = 0
        self.open()
        self._more()
        return turn

    def feed(self, ulaw: bytes) -> None:
        """Add sound to the turn that has not ended; between turns none is sent, as it would be charged for."""
        if self.turns and not self.turns[-1].ended:
            self.turns[-1].feed(ulaw)
            self._more()

    def end(self, turn: Turn) -> None:
        """End a turn: its words are asked for."""
        turn.end()
        self._more()

    def drop(self, turn: Turn) -> None:
        """Leave a turn, with or without an outcome; sound of it that a session has not closed is cleared there."""
        begun = turn.sent and not turn.closed and self.session is not None
        turn.drop()
        if turn in self.turns and not begun:
            self.turns.remove(turn)
        self._more()
        self._rotate()

    async def outcome(self, turn: Turn) -> str:
        """Wait for a turn's words, `timeout` at most; interim ones are better than none. Raises ProviderFault."""
        half = self.settings.timeout / 2
        if not await _within(half, turn) and not turn.acknowledged and turn.closed:
            self._replace("stall")  # a session that does not say that it has the turn is dead
        if not await _within(half, turn):
            reason = f": {self.last}" if self.last else ""
            turn.fail(ProviderFault(f"asr.openai: no words in {self.settings.timeout:g} s{reason}"))
        if turn.fault is not None and not turn.text:
            raise turn.fault
        if turn.fault is not None:
            self.step.call.log.warning("ASR_ERR the words so far have to do: {}", turn.fault)
        return turn.text

    def close(self) -> None:
        """End the session."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()

    # ---- the session's side -----------------------------------------------------------------------------------------

    def heard(self, turn: Turn) -> None:
        """Take note of a turn's new words."""
        self.failures, self.last = 0, None
        if not turn.over.is_set():
            self.step.understood(turn)

    def cleared(self, turn: Turn) -> None:
        """Forget a dropped turn."""
        self.turns.remove(turn)
        self._rotate()

    def doubted(self, fault: ProviderFault) -> None:
        """Warn of an error that the session survives, once a minute."""
        self.last = fault
        if self.step.now >= self._quiet_until:
            self._quiet_until = self.step.now + QUIET
            self.step.call.log.warning("ASR_ERR the session goes on after an error: {}", fault)

    # ---- sessions ---------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open a session, unless there is one; waits first if the server is full."""
        if self.closed or self.session is not None:
            return
        if (wait := self.realtime.ready_at - self.step.now) > self.settings.timeout:
            self._fail(ProviderFault(f"the server takes no session for another {wait:.0f} s", 429))
            return
        if wait > 0:
            self.step.later(wait, self.open)
            return
        self.session = Session(self.realtime, self)
        self._task = self.step.spawn(self._run(self.session))

    async def _run(self, session: Session) -> None:
        try:
            await session.run()
        except ProviderFault as fault:
            self._ended(session, fault)

    def _ended(self, session: Session, fault: ProviderFault) -> None:
        """Take note that a session ended: open another for the open turns, or let them fail."""
        if session is not self.session or self.closed:
            return
        self.session, self.last = None, fault
        self.failures += 1
        self.turns = [turn for turn in self.turns if not turn.dropped]
        steady = session.opened_at is not None and self.step.now - session.opened_at >= STEADY
        if fault.status == 429:
            self.realtime.ready_at = self.step.now + (FULL if fault.wait is None else min(fault.wait, QUIET))
        self.step.call.tell(RecognitionReopened(fault.code or str(fault.status or "broken")))
        self.step.call.log.warning("ASR_ERR the session ended: {}", fault)
        if is_fatal(fault) or self.failures > RETRIES:
            self._fail(fault)
        elif self.turns or steady:
            self._again()

    def _again(self) -> None:
        for turn in self.turns:
            turn.restart()
        # Drawn from the call's own random numbers: calls that fail together do not come back together.
        chance = self.step.call.random.uniform(0.5, 1)
        self.step.later(DELAY * 2.0 ** (self.failures - 2) * chance if self.failures > 1 else 0.0, self.open)

    def _fail(self, fault: ProviderFault) -> None:
        for turn in self.turns:
            turn.fail(fault)

    def _rotate(self) -> None:
        """Replace a session that has grown old, between turns."""
        opened = self.session.opened_at if self.session is not None and not self.turns else None
        if opened is not None and self.step.now - opened >= self.settings.rotate_after:
            self._replace("age")

    def _replace(self, why: str) -> None:
        """End the session, and send the open turns to another."""
        self.step.call.tell(RecognitionReopened(why))
        if self._task is not None:
            self._task.cancel()
        self.session = None
        self.turns = [turn for turn in self.turns if not turn.dropped]
        for turn in self.turns:
            turn.restart()
        self.open()

    def _more(self) -> None:
        if self.session is not None:
            self.session.more.set()


async def _within(seconds: float, turn: Turn) -> bool:
    """Wait until a turn has its outcome; return False if it has none in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await turn.over.wait()
    return turn.over.is_set()
