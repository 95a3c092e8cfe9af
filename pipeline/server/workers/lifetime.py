"""End a worker that cannot end by itself, as its parent has died or its loop hangs."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from asyncio import AbstractEventLoop, TimerHandle

PR_SET_PDEATHSIG = 1
LOOKS = 8  # times that the loop has to miss its turn


def follow(parent: int) -> bool:
    """Let this process go on, if it is stopped, as soon as its parent has gone; False if that has gone already.

    It then finds its channel closed, and ends its calls. Linux only. Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT)  # as the thread ends that has started this process
    return os.getppid() == parent


class KillTimer:
    """Has the kernel end this process by SIGALRM: a handler in Python would not run while the loop hangs."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: TimerHandle | None = None

    def renew(self, seconds: float) -> None:
        """End it once the loop has not turned for so long."""
        signal.setitimer(signal.ITIMER_REAL, seconds)  # SIGALRM, which nobody handles
        self._timer = self._loop.call_later(seconds / LOOKS, self.renew, seconds)

    def set_deadline(self, seconds: float) -> None:
        """End it after so long, if it has not ended by itself."""
        if self._timer is not None:
            self._timer.cancel()
        signal.setitimer(signal.ITIMER_REAL, seconds)
