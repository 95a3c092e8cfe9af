"""The program of a worker process: `python -m pipeline.server.workers.main FILE PARENT`.

FILE is the file descriptor of its channel, PARENT the process id of its parent.
"""

from __future__ import annotations

import signal
import socket
import sys

from pipeline.server.workers.lifetime import follow


async def work(sock: socket.socket) -> None:
    """Run a worker on this socket until the parent ends it."""
    from pipeline.server.workers.worker import WorkerServer

    await WorkerServer(sock).work()


def main() -> None:
    """Run a worker process. It ignores SIGTERM, SIGINT and SIGHUP: the parent handles them and sends messages."""
    if sys.platform == "win32":  # where `serve --workers` is refused
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # SIG_IGN would be inherited by a step's subprocesses
    if not follow(int(sys.argv[2])):
        return
    import asyncio  # imported after `follow`, as imports are slow and the parent may die meanwhile

    from pipeline.loop.fastest import new_event_loop

    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work(sock))


if __name__ == "__main__":
    main()
