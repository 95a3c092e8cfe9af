"""The child processes of a server: those that a plug-in has started and left behind end with it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from loguru import logger

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 1.0  # seconds that a child has to end by itself
LOOK = 0.02  # seconds


async def ending_children(work: Coroutine[Any, Any, int]) -> int:
    """Run a server to its end, then end the processes that are left below this one; return its exit code.

    Those whose own parent, such as a worker, has died count as well. Has no effect but on Linux. Source: prctl(2),
    PR_SET_CHILD_SUBREAPER.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        return await work
    finally:
        end_children()


def end_children() -> None:
    """Send SIGTERM to all processes below this one, and SIGKILL to those that are left after a second (PATIENCE)."""
    if not (left := below(os.getpid())):
        return
    logger.warning("CHILDREN {} processes that steps have started and left behind are ended", len(left))
    _send(left, signal.SIGTERM)
    until = monotonic() + PATIENCE
    while (left := below(os.getpid())) and monotonic() < until:
        sleep(LOOK)
    if sys.platform != "win32":  # which has no `below`
        _send(left, signal.SIGKILL)


def below(parent: int) -> list[int]:
    """Return the ids of the living processes below one, in any generation."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, its_parent = path.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(its_parent)
    found = [parent]
    for each in found:
        found += [child for child, its_parent in parents.items() if its_parent == each]
    return found[1:]


def _send(processes: list[int], number: signal.Signals) -> None:
    for each in processes:
        with suppress(OSError):
            os.kill(each, number)
