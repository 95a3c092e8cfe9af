"""A worker's process: `python -m pipeline.server.workers.main FILE PARENT`, its channel's and its parent's number."""

from __future__ import annotations

import signal
import socket
import sys

from pipeline.server.workers.lifetime import follow


async def work(sock: socket.socket) -> None:
    """Be a worker over this socket."""
    from pipeline.server.workers.worker import WorkerServer

    await WorkerServer(sock).work()


def main() -> None:
    """Be a worker; signals are for the parent, which says what is to be done, or is gone, and that is an end, too."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which programs that a step starts would inherit
    if not follow(int(sys.argv[2])):
        return
    import uvloop  # after that: with what is imported from here on the parent may be gone

    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    uvloop.run(work(sock))


if __name__ == "__main__":
    main()
