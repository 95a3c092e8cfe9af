"""A soak in batches: short calls of five kinds, and after each batch the server's memory, tasks, files and threads.

One server on `configs/maximus_he.yaml`, stand-ins in a process of their own of whose answers one in fifteen or so goes
wrong, and short calls of five kinds, so many at a time: one that waits for its answer, one that interrupts it, one that
hangs up in the middle of it, one that hangs up while the agent thinks, and one whose line breaks. After each tenth
of them, once they have ended, it prints what the server holds and what is open at the stand-ins; in the end how much
memory (kB) a call has left behind, by least squares. Every sentence is a new one, so a voice's memory of what it spoke
(16 MB) is full after about 250 calls. It fails if anything but memory was left behind.

With `--bench` the server runs `configs/bench.yaml`, which has no providers, and calls last one or two seconds: one that
hears its answer begin, one that interrupts it, one that hangs up while it speaks, and one whose line breaks.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import uvloop

from benchmarks.processes import ROOT, Server, deployment, serving, standing
from benchmarks.soak.readings import reading
from pipeline.phone.phone import place_call
from pipeline.phone.script import Action, HangUp, InterruptAfter, Pcm, Say, Wait, WaitAudio
from pipeline.testing import voice
from pipeline.tools.call.dial import speak

CONFIG = "maximus_he.yaml"
BENCH = ROOT / "configs/bench.yaml"
BATCHES = 10  # as many readings
WARM = 0.2  # of the calls, before memory counts
REST = 7.0  # seconds after a batch: idle connections are closed after five
SAID = ("ארבעה חדרים", "עד ארבעה מיליון שקל")
HELD = ("tasks", "files", "threads")


def with_providers(calls: int, at_once: int) -> int:
    """Soak `configs/maximus_he.yaml` with so many calls altogether; returns 1 if something was left."""
    with tempfile.TemporaryDirectory() as folder, standing("--faults") as stand_ins:
        path = deployment(Path(folder), CONFIG, stand_ins.fields)
        with serving(path) as server:
            return asyncio.run(_soak(Soak(server, stand_ins.open, _kinds(), calls, at_once)))


def without_providers(calls: int, at_once: int) -> int:
    """Soak `configs/bench.yaml` with so many short calls altogether; returns 1 if something was left."""
    with serving(BENCH) as server:
        return uvloop.run(_soak(Soak(server, dict, _short_kinds(), calls, at_once)))


class Soak(NamedTuple):
    """What is done to which server; `others` says what is open elsewhere."""

    server: Server
    others: Callable[[], dict[str, int]]
    kinds: list[list[Action]]
    calls: int
    at_once: int


async def _soak(soak: Soak) -> int:
    sounds = await speak(SAID, "he-IL")
    room, batch = asyncio.Semaphore(soak.at_once), max(1, soak.calls // BATCHES)
    readings, outcomes = [await _reading(soak, 0)], Counter[str]()
    for done in range(0, soak.calls, batch):
        numbers = range(done, min(done + batch, soak.calls))
        scripts = (soak.kinds[number % len(soak.kinds)] for number in numbers)
        outcomes.update(await asyncio.gather(*(_call(soak.server, script, sounds, room) for script in scripts)))
        await asyncio.sleep(REST)
        readings.append(await _reading(soak, numbers[-1] + 1))
    print(", ".join(f"{count} calls: {how}" for how, count in outcomes.most_common()))
    return _verdict(readings)


def _kinds() -> list[list[Action]]:
    """What callers do; an empty script is a line that breaks."""
    hello, over = [Wait(0.3), Say(SAID[0])], Say(SAID[1])
    return [
        [*hello, WaitAudio(), Wait(2.0)],
        [*hello, InterruptAfter(0.5, over), WaitAudio()],
        [*hello, WaitAudio(), Wait(0.5), HangUp()],
        [*hello, Wait(0.6), HangUp()],
        [],
    ]


def _short_kinds() -> list[list[Action]]:
    """What callers do in a second or two; an empty script is a line that breaks."""
    hello, over = [Wait(0.2), Pcm(pcm=voice(0.4))], Pcm(pcm=voice(0.3, 500.0))
    return [
        [*hello, Wait(0.6), HangUp()],
        [*hello, InterruptAfter(0.2, over), HangUp()],
        [*hello, HangUp()],
        [],
    ]


async def _call(server: Server, script: list[Action], sounds: dict[str, bytes], room: asyncio.Semaphore) -> str:
    """One call; gives back how it was."""
    async with room:
        said = script or [Wait(0.3), Say(SAID[0]), WaitAudio(), Wait(10.0)]
        call = asyncio.ensure_future(place_call(server.url, said, limit=20.0, voice=sounds.__getitem__))
        if not script:
            await asyncio.sleep(2.5)
            call.cancel()
        await asyncio.wait((call,))
    if call.cancelled():
        return "line broke"
    result = call.result()
    return "went well" if result.error is None else re.sub(r"\(.*", "", result.error).strip()


async def _reading(soak: Soak, calls: int) -> dict[str, int]:
    """What is held now, printed."""
    found = {
        "calls": calls,
        **await reading(soak.server),
        **{f"at {name}": count for name, count in soak.others().items()},
    }
    if not calls:
        print("".join(f"{name:>10}" for name in found))
    print("".join(f"{count:>10}" for count in found.values()), flush=True)
    return found


def _verdict(readings: list[dict[str, int]]) -> int:
    last, early = readings[-1], readings[: max(2, len(readings) // 2)]
    warm = [reading for reading in readings if reading["calls"] >= WARM * last["calls"]]
    for part in (warm, warm[len(warm) // 2 :]):
        if len(part) > 1:
            slope = statistics.linear_regression([it["calls"] for it in part], [it["rss"] for it in part]).slope
            print(f"memory: {slope:+.2f} kB a call from the {part[0]['calls']}th on")
    most = {name: max(reading[name] for reading in early) for name in HELD}  # of what is opened once it is needed
    left = {name: last[name] - most[name] for name in HELD if last[name] > most[name]}
    left |= {name: count for name, count in last.items() if count and (name == "active" or name.startswith("at "))}
    print(f"left behind: {left or 'nothing'}")
    return 1 if left else 0
