"""What a call costs in one tree of Kav and in another: `python -m benchmarks.compare ../before . --calls 20`.

A server of each tree answers the same calls in the same seconds, so that whatever else this machine does hits all of
them alike: of a noisy machine's figures only their ratio is to be believed. Callers ask, listen, and interrupt every
other answer. Only the servers' CPU time is counted. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import ExitStack
from pathlib import Path

import uvloop
from loguru import logger

from benchmarks.processes import Server, serving
from pipeline.phone.phone import place_call
from pipeline.phone.script import Action, InterruptAfter, Pcm, Wait, WaitReply
from pipeline.testing import voice

CONFIG = Path("configs/bench.yaml")
BEGIN = 8.0  # seconds in which the calls begin, one after the other: as long as a round of the script
ROUNDS = 100  # more than a call has time for


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.splitlines()[0])
    parser.add_argument("trees", type=Path, nargs="+", help="folders with a run.py and a configs/bench.yaml")
    parser.add_argument("--calls", type=int, default=20, help="at a time, to each server (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of the measurement (default: %(default)s)")
    options = parser.parse_args()
    logger.remove()
    trees = [tree.resolve() for tree in options.trees]
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(tree / CONFIG, tree)) for tree in trees]
        used = uvloop.run(_measure(servers, options.calls, options.seconds))
    for tree, seconds in zip(trees, used, strict=True):
        cost = seconds / options.seconds / options.calls
        print(f"{tree.name:<16}{cost * 1000:>7.2f} ms of CPU a second of a call{seconds / used[0]:>8.2f} of the first")


async def _measure(servers: list[Server], calls: int, seconds: float) -> list[float]:
    """CPU seconds that each server used."""
    limit = BEGIN + seconds + 2.0
    tasks = [
        asyncio.ensure_future(place_call(server.url, _script(BEGIN * number / calls), limit=limit))
        for number in range(calls)
        for server in servers
    ]
    await asyncio.sleep(BEGIN + 1.0)
    before = [server.cpu[0] for server in servers]
    await asyncio.sleep(seconds)
    after = [server.cpu[0] for server in servers]
    await asyncio.gather(*tasks)
    return [late - early for early, late in zip(before, after, strict=True)]


def _script(begin: float) -> list[Action]:
    ask = Pcm(pcm=voice(1.5))
    return [Wait(begin), *[ask, InterruptAfter(0.3, ask), WaitReply()] * ROUNDS]


if __name__ == "__main__":
    main()
