"""What a call costs the server when all three providers stream: `make providers`.

    python -m benchmarks.providers --calls 1 5 10 20 --seconds 40

The server runs in a process of its own, stand-ins for the providers at their default delays in another, and the
callers in this one; only the server's CPU time is counted, from when all calls have begun to when the first may end.
Callers ask, listen to replies of about twelve seconds, and interrupt every other one. Calls are recorded, and every
sentence is synthesised. `loop` is the part of the event loop's own thread; the rest is grpc's thread and the one that
writes records. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from loguru import logger

from benchmarks.gap import ASKED
from benchmarks.processes import Server, deployment, serving, standing
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Action, InterruptAfter, Say, Wait, WaitReply
from pipeline.tools.call.dial import speak

CONFIG = "maximus_he.yaml"
BEGIN = 6.0  # seconds in which the calls begin, one after the other, so that they do not all speak at once
SETTLE = 2.0  # seconds from the last one's beginning to the first reading
ROUNDS = 10  # of questions: more than a call has time for


class Way(NamedTuple):
    """A deployment to be measured."""

    name: str
    fields: dict[str, Any]
    swap: dict[str, Any]


WAYS = (
    Way("maximus_he.yaml", {}, {}),
    Way("voice streamed", {"tts.voice": "he-IL-Chirp3-HD-Kore", "tts.effects": [], "tts.per_minute": 10_000}, {}),
    Way("vad.energy", {}, {"vad": {"vad.energy": {"rms": 210}}}),
    Way("not recorded", {"record.folder": ""}, {}),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.providers", description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 5, 10, 20], help="calls at a time")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--ways", type=int, nargs="+", default=[*range(len(WAYS))], help="which rows, counted from 0")
    options = parser.parse_args()
    logger.remove()
    asyncio.run(_measure([WAYS[number] for number in options.ways], options.calls, options.seconds))


async def _measure(ways: list[Way], counts: list[int], seconds: float) -> None:
    sounds = await speak(ASKED, "he-IL")
    print(f"{'':<18}{'calls':>6}{'CPU a call':>12}{'loop':>9}{'turns':>7}{'failed':>8}", flush=True)
    for way in ways:
        for count in counts:
            with tempfile.TemporaryDirectory() as folder, standing() as stand_ins:
                path = deployment(Path(folder), CONFIG, {**stand_ins.fields, **way.fields}, way.swap)
                with serving(path) as server:
                    await _row(way.name, server, count, seconds, sounds)


async def _row(name: str, server: Server, count: int, seconds: float, sounds: dict[str, bytes]) -> None:
    limit = BEGIN + SETTLE + seconds + 1.0
    loop = asyncio.get_running_loop()
    begun = loop.time()
    calls = [
        asyncio.create_task(place_call(server.url, _script(number, count), limit=limit, voice=sounds.__getitem__))
        for number in range(count)
    ]
    await asyncio.sleep(BEGIN + SETTLE)
    before, at = server.cpu, loop.time()
    await asyncio.sleep(seconds)
    after, took = server.cpu, loop.time() - at
    print(f"{name} {count}: measured at {at - begun:.0f} s", file=sys.stderr, flush=True)
    whole, own = ((late - early) / took / count for early, late in zip(before, after, strict=True))
    results = await asyncio.gather(*calls)
    turns = sum(len(result.turns) for result in results)
    print(f"{name:<18}{count:>6}{whole:>11.2%}{own:>10.2%}{turns:>7}{sum(map(_failed, results)):>8}", flush=True)


def _script(number: int, count: int) -> list[Action]:
    """A caller who talks until the call's time is over, every other question into the agent's answer."""
    script: list[Action] = [Wait(BEGIN * number / count + 0.5)]
    texts = [ASKED[(number + turn) % len(ASKED)] for turn in range(3)]
    return (
        script + [Say(texts[0]), InterruptAfter(3.0, Say(texts[1])), WaitReply(), Say(texts[2]), WaitReply()] * ROUNDS
    )


def _failed(result: CallResult) -> bool:
    """Whether it ended in another way than by its limit, or not every turn but the last was answered."""
    answered = all(turn.audio is not None for turn in result.turns[:-1])
    return result.ended_by != "limit" or not answered or bool(result.warnings)


if __name__ == "__main__":
    main()
