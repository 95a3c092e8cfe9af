"""The file descriptors of this process: the limit on their number, raised at the start, and the part kept for calls."""

from __future__ import annotations

import errno
import os
import sys

from loguru import logger

from pipeline.faults import KavError

PER_CALL = 8  # descriptors: the stream, the record's files, connections to providers
LEAST = 32  # descriptors without which nothing can start
OWN = 100  # descriptors of the server itself: listeners, log, configs, models

if sys.platform == "win32":

    def limit() -> int:
        """Return the number of descriptors that this process may have; a very great one, as Windows has no limit."""
        return sys.maxsize

    def raise_limit() -> None:
        """Do nothing: Windows has no limit."""

else:
    import resource

    def limit() -> int:
        """Return the number of descriptors that this process may have."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return sys.maxsize if soft == resource.RLIM_INFINITY else soft

    def raise_limit() -> None:
        """Raise the soft limit to the hard one, as far as the system permits."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == hard:
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError) as error:  # macOS refuses an infinite one
            logger.warning("DESCRIPTORS the limit stays {}: it cannot be raised to {}: {}", soft, hard, error)


def for_waiting() -> int:
    """Return the number of descriptors that connections without a request may take, a quarter: calls need the rest."""
    return limit() // 4


def are_left() -> bool:
    """True if this process may open one more file."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno not in (errno.EMFILE, errno.ENFILE)
    return True


def require() -> None:
    """Raise the limit, and KavError if it allows too few descriptors for an event loop and a listener."""
    raise_limit()
    if (most := limit()) < LEAST:
        raise KavError(
            f"the system allows this process {most} open files, and Kav needs at least {LEAST}: raise the limit "
            "(`ulimit -n 1024`, or LimitNOFILE in systemd)"
        )


def prepare(calls: int) -> None:
    """Raise the limit, and log a warning if so many calls at a time need more descriptors than it allows."""
    raise_limit()
    if (needed := OWN + PER_CALL * calls) > (most := limit()):
        logger.warning(
            "DESCRIPTORS {} calls at a time need about {} file descriptors, and the system allows {}: raise it "
            "(`ulimit -n {}`, or LimitNOFILE in systemd), or lower `server.max_calls`", calls, needed, most, needed
        )  # fmt: skip
