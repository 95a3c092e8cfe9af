"""Ends a worker process whose parent has died or whose event loop hangs."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from asyncio import AbstractEventLoop, TimerHandle

PR_SET_PDEATHSIG = 1
LOOKS = 8  # renewals of the timer in its time: so many in a row have to be missed


def follow(parent: int) -> bool:
    """Have the kernel continue this process (SIGCONT) when its parent dies; False if the parent has died already.

    A process that runs finds its channel closed, and ends its calls. One that is stopped (SIGSTOP) would never notice.
    Has no effect but on Linux. Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT)  # sent when the parent's thread ends
    return os.getppid() == parent


class KillTimer:
    """Ends this process by SIGALRM without a handler, as one in Python would not run while C code blocks the loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: TimerHandle | None = None

    def renew(self, seconds: float) -> None:
        """End the process once the loop has not run for so many seconds."""
        _alarm(seconds)
        self._timer = self._loop.call_later(seconds / LOOKS, self.renew, seconds)

    def set_deadline(self, seconds: float) -> None:
        """End the process after so many seconds, whether the loop runs or not."""
        if self._timer is not None:
            self._timer.cancel()
        _alarm(seconds)


def _alarm(seconds: float) -> None:
    if sys.platform != "win32":  # where `serve --workers` is refused
        signal.setitimer(signal.ITIMER_REAL, seconds)  # SIGALRM, whose default action ends the process
