"""How evenly long-lived sockets are spread: by the kernel (SO_REUSEPORT), and by a server with workers.

python -m benchmarks.balance --sockets 100 --workers 4
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, suppress

from aiohttp import ClientSession, TCPConnector

from benchmarks.processes import READY, ROOT

ROUNDS = 200  # of the kernel's spreading, which is another one each time


def hashed(sockets: int, workers: int) -> list[int]:
    """How many sockets each of so many listeners on one port gets."""
    with ExitStack() as stack:
        port, listeners = 0, []
        for _ in range(workers):
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(sockets)
            port = listener.getsockname()[1]
            listeners.append(listener)
        for _ in range(sockets):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        return [_accepted(listener) for listener in listeners]


def _accepted(listener: socket.socket) -> int:
    listener.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            count += 1
    return count


def called(sockets: int, workers: int) -> list[int]:
    """How many calls each worker of a server has, when so many have come one after the other."""
    options = ("--port", "0", "--set", "server.max_calls=10000", "--workers", str(workers))
    command = (sys.executable, "run.py", "serve", "configs/bench.yaml", *options)
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        url = next(found[1] for line in server.stderr if (found := READY.search(line)))
        counts = asyncio.run(_dial(url, server.stderr, sockets))
        server.send_signal(signal.SIGINT)
        server.stderr.read()
    return sorted(counts.values())


async def _dial(url: str, log: Iterable[str], sockets: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        for number in range(sockets):
            ws = await session.ws_connect(f"{url}/ws/twilio-media")
            await ws.send_str(START % (number, number))
            line = next(line for line in log if "WS_START" in line)
            counts[line.split()[3].split(":")[0]] += 1
    return counts


START = (
    '{"event":"start","streamSid":"MZ%032x","start":{"streamSid":"MZ00000000000000000000000000000000",'
    '"callSid":"CA%032x","customParameters":{}}}'
)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    rounds = [hashed(options.sockets, options.workers) for _ in range(ROUNDS)]
    most, least = sorted(map(max, rounds)), sorted(map(min, rounds))
    print(f"{options.sockets} sockets, {options.workers} workers")
    print(f"SO_REUSEPORT, {ROUNDS} rounds: busiest {statistics.median(most):g} (worst {most[-1]}), "
          f"idlest {statistics.median(least):g} (worst {least[0]})")  # fmt: skip
    print(f"serve --workers {options.workers}: {called(options.sockets, options.workers)}")


if __name__ == "__main__":
    main()
