"""Measure the CPU that viewers cost: a call without a console, with one, watched with its sound; and the feeds of many.

    python -m benchmarks.watching
    python -m benchmarks.watching --seconds 300 --rounds 5

Each call is played in virtual time, in rounds that take turns, so that a busy machine slows all of them alike; the
smallest CPU time of each counts. Then 100 calls' rows are encoded for three viewers, as once a second.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from loguru import logger

from benchmarks.guard.counting import BENCH, EVERY, SPEECH
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.loop.virtual import run_virtual
from pipeline.server.metrics import Metrics
from pipeline.server.stream.socket import Listener
from pipeline.server.watching.row import Row
from pipeline.server.watching.server_sent import framed
from pipeline.server.watching.watch import Watch
from pipeline.testing import CALL_SID, Line, spoken, voice

CALLS, VIEWERS = 100, 3
MODES = ("off", "unwatched", "watched")


class ListenedLine(Line):
    """A line that tells its messages to a listener, as a server's socket does."""

    listener: Listener | None = None

    def listens(self, listener: Listener) -> None:
        """Tell the messages to this listener from now on."""
        self.listener = listener

    def listens_no_more(self, listener: Listener) -> None:
        """Tell it no more."""
        self.listener = None

    def send(self, data: bytes) -> None:
        if self.listener is not None:
            self.listener(self.loop.time(), "out", data)
        super().send(data)

    def carry(self, data: bytes) -> None:
        if self.listener is not None and not self.over.done():
            self.listener(self.loop.time(), "in", data)
        super().carry(data)


async def play(config: Config, seconds: float, mode: str) -> tuple[float, int]:
    """Play a call, and return its CPU seconds and the bytes that its viewer got."""
    caller = spoken(*[(1 + EVERY * turn, voice(SPEECH)) for turn in range(int(seconds) // EVERY)])
    loop, got = asyncio.get_running_loop(), 0

    def sink(data: bytes) -> None:
        nonlocal got
        got += len(data)

    async with Agent.open(config) as agent:
        line, row = ListenedLine(loop), Row(config.steps)
        counts = Metrics(dict).counts()  # type: ignore[arg-type]
        call = Call(CALL_SID, line, loop, counts=row.counts(counts) if mode != "off" else counts)
        row.begin(call, line)
        watch = Watch(sink)
        begun = time.process_time()
        chain = agent.answer(call)
        if mode == "watched":
            watch.begin(row)
        await line.talk(chain, caller, seconds)
        await finish(chain, "stop")
        taken = time.process_time() - begun
        watch.close()
    return taken, got


def rows(seconds: float = 1.0) -> tuple[float, int]:
    """Return the CPU time of one second's rows of 100 calls for three viewers, and their bytes for one."""
    figures = {"sid": CALL_SID, "agent": "demo", "caller": "+15005550006", "called": "+15005550001", "started": 1e9}
    state = {"state": "LISTENING", "states": [[1.5 * at, "SPEAKING"] for at in range(12)], "turns": 9, "gap": 0.81}
    digest = {"calls": [{**figures, **state, "barge_ins": 1, "faults": 0, "cause": ""}] * CALLS}
    begun = time.process_time()
    for _ in range(100):
        data = [framed("rows", digest) for _ in range(VIEWERS)]
    return (time.process_time() - begun) / 100 / seconds, len(data[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description="Measure what viewers cost.")
    parser.add_argument("--seconds", type=float, default=120.0, help="length of a call (120)")
    parser.add_argument("--rounds", type=int, default=5, help="calls of each kind (5)")
    options = parser.parse_args()
    logger.remove()
    config = load(BENCH)
    played: dict[str, list[tuple[float, int]]] = {mode: [] for mode in MODES}
    for _ in range(options.rounds):
        for mode in MODES:
            played[mode].append(run_virtual(play(config, options.seconds, mode)))
    least = {mode: min(played[mode])[0] / options.seconds * 1000 for mode in MODES}
    for mode in MODES:
        more = f", {least[mode] - least['off']:+.3f} ms" if mode != "off" else ""
        print(f"{mode}: {least[mode]:.3f} ms of CPU a second of call{more}")
    print(f"a viewer gets {played['watched'][0][1] / options.seconds / 1000:.2f} kB a second")
    taken, size = rows()
    print(
        f"rows of {CALLS} calls for {VIEWERS} viewers: {taken * 1000:.2f} ms of CPU and {size / 1000:.1f} kB a second"
    )


if __name__ == "__main__":
    main()
