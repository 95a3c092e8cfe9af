"""Whether anything is left behind by many calls: `python -m benchmarks.soak --calls 500`.

One server on `configs/maximus_he.yaml`, stand-ins in a process of their own of whose answers one in fifteen or so goes
wrong, and short calls of five kinds, so many at a time: one that waits for its answer, one that interrupts it, one that
hangs up in the middle of it, one that hangs up while the agent thinks, and one whose line breaks. After each fifty
calls, once they have ended, it prints what the server holds and what is open at the stand-ins; in the end how much
memory (kB) a call has left behind, by least squares. Every sentence is a new one, so a voice's memory of what it spoke
(16 MB) is full after about 250 calls. It fails if anything but memory was left behind.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

from aiohttp import ClientSession
from loguru import logger

from benchmarks.processes import Server, StandIns, deployment, serving, standing
from pipeline.tools.dial import speak
from pipeline.tools.phone import place_call
from pipeline.tools.script import Action, HangUp, InterruptAfter, Say, Wait, WaitAudio

CONFIG = "maximus_he.yaml"
BATCH = 50  # calls between readings
WARM = 100  # calls before memory counts
REST = 7.0  # seconds after a batch: idle connections are closed after five
SAID = ("ארבעה חדרים", "עד ארבעה מיליון שקל")
HELD = ("tasks", "files", "threads")


def main() -> None:
    """Measure, print, and exit with 1 if something was left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=500, help="altogether (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=20, help="calls at a time (default: %(default)s)")
    options = parser.parse_args()
    logger.remove()
    with tempfile.TemporaryDirectory() as folder, standing("--faults") as stand_ins:
        path = deployment(Path(folder), CONFIG, stand_ins.fields)
        with serving(path) as server:
            sys.exit(asyncio.run(_soak(server, stand_ins, options.calls, options.at_once)))


async def _soak(server: Server, stand_ins: StandIns, calls: int, at_once: int) -> int:
    sounds = await speak(SAID, "he-IL")
    kinds, room = _kinds(), asyncio.Semaphore(at_once)
    readings, outcomes = [await _reading(server, stand_ins, 0)], Counter[str]()
    for done in range(0, calls, BATCH):
        numbers = range(done, min(done + BATCH, calls))
        outcomes.update(
            await asyncio.gather(*(_call(server, kinds[number % len(kinds)], sounds, room) for number in numbers))
        )
        await asyncio.sleep(REST)
        readings.append(await _reading(server, stand_ins, numbers[-1] + 1))
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


async def _reading(server: Server, stand_ins: StandIns, calls: int) -> dict[str, int]:
    """What is held now, printed."""
    async with ClientSession() as http, http.get(f"{server.url}/metrics") as answer:
        page = await answer.text()
    found = {
        "calls": calls,
        "rss": server.rss,
        "files": server.files,
        "threads": server.threads,
        "tasks": _sum("kav_tasks", page),
        "active": _sum("kav_active_calls", page),
        "ended": _sum("kav_calls_total", page),
        "turns": _sum("kav_turns_total", page),
        "faults": _sum("kav_faults_total", page),
        "reopened": _sum("kav_asr_reopened_total", page),
        "unspoken": _sum("kav_tts_failed_total", page),
        **{f"at {name}": count for name, count in stand_ins.open().items()},
    }
    if not calls:
        print("".join(f"{name:>10}" for name in found))
    print("".join(f"{count:>10}" for count in found.values()), flush=True)
    return found


def _sum(name: str, page: str) -> int:
    """A metric, all its labels together."""
    return round(sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", page, re.MULTILINE)))


def _verdict(readings: list[dict[str, int]]) -> int:
    last, early = readings[-1], readings[: max(2, len(readings) // 2)]
    warm = [reading for reading in readings if reading["calls"] >= WARM]
    for part in (warm, warm[len(warm) // 2 :]):
        if len(part) > 1:
            slope = statistics.linear_regression([it["calls"] for it in part], [it["rss"] for it in part]).slope
            print(f"memory: {slope:+.2f} kB a call from the {part[0]['calls']}th on")
    most = {name: max(reading[name] for reading in early) for name in HELD}  # of what is opened once it is needed
    left = {name: last[name] - most[name] for name in HELD if last[name] > most[name]}
    left |= {name: count for name, count in last.items() if count and (name == "active" or name.startswith("at "))}
    print(f"left behind: {left or 'nothing'}")
    return 1 if left else 0


if __name__ == "__main__":
    main()
