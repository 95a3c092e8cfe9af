"""The hold before an effect: a short time in which the caller's words withdraw it."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future, TimerHandle

SILENT = 3.0  # seconds for the words before an effect to become audible; then it is held without them


class Hold:
    """One effect's hold; `begins` is decided: True once it has passed, False if the effect was withdrawn.

    It runs from `start` on, or from 3 seconds after it was made (SILENT) if the words before it are never heard. The
    caller's voice pauses it, and if that was no words it runs anew. One `behind` another effect runs once it is `free`.
    """

    def __init__(self, loop: AbstractEventLoop, seconds: float, audible: bool, behind: bool = False) -> None:
        self.begins: Future[bool] = loop.create_future()
        self._loop, self._seconds, self._audible, self._behind = loop, seconds, audible, behind
        self._paused = False
        self._timer: TimerHandle | None = None
        self._run()

    async def passed(self) -> bool:
        """Wait until it has passed, True, or the effect was withdrawn."""
        # In the tick in which it passes the caller's voice may begin, before this goes on.
        while (passed := await self.begins) and self._paused:
            self.begins = self._loop.create_future()
        return passed

    def start(self) -> None:
        """Begin: the words before the effect have become audible. One that has begun goes on as it does."""
        if not self._audible:
            self._audible = True
            self.resume()

    def resume(self) -> None:
        """Run anew after a pause."""
        self._paused = False
        self._run()

    def pause(self) -> None:
        """Stand still, until `resume` or `start`."""
        self._paused = True
        self._stop()

    def free(self) -> None:
        """Run from now on, unless it is paused: the effect before it has ended."""
        self._behind = False
        self._run()

    def withdraw(self) -> None:
        """Give the effect up, unless it has begun."""
        self._decide(False)

    def _run(self) -> None:
        self._stop()
        if not (self._paused or self._behind or self.begins.done()):
            seconds = self._seconds if self._audible else SILENT + self._seconds
            self._timer = self._loop.call_later(seconds, self._decide, True)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _decide(self, begins: bool) -> None:
        self._stop()
        if not self.begins.done():
            self.begins.set_result(begins)
