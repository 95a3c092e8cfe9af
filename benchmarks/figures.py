"""The figures that a release quotes, measured on this machine: `make figures`.

Each is printed with what it is; times are in milliseconds, memory in kilobytes. Nothing here passes or fails.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

from loguru import logger

from benchmarks.processes import ROOT, Server, serving
from pipeline import audio
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import load
from pipeline.frames import WireMessage
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Action, InterruptAfter, Pcm, Wait, WaitAudio
from pipeline.phone.virtual_line import CALL_SID, STREAM_SID
from pipeline.testing import NoWire, play, spoken, voice
from pipeline.twilio.messages import encode

BENCH = ROOT / "configs/bench.yaml"
SILENCE = 0.2  # seconds that bench.yaml waits for after the last voiced frame
STARTS, TURNS, CALLS = 5, 60, 100


def main() -> None:
    """Measure and print."""
    logger.remove()
    for name in ("bench", "demo"):
        took = sorted(_start(ROOT / f"configs/{name}.yaml") for _ in range(STARTS))
        print(f"start to ready, {name}.yaml: median {took[len(took) // 2] * 1000:.0f} ms of {STARTS}", flush=True)
    _virtual()
    asyncio.run(_inside())
    asyncio.run(_latency())  # not uvloop: its clock has steps of a millisecond, too coarse for this
    asyncio.run(_memory())


def _start(config: Path) -> float:
    with serving(config) as server:
        return server.took


def _virtual() -> None:
    config = load(BENCH)
    caller = spoken(*[(1 + 8 * turn, voice(1.5)) for turn in range(74)])
    begun = time.process_time()
    call = play(config, caller, 600)
    took = time.process_time() - begun
    print(f"ten minutes of call in virtual time: {took * 1000:.0f} ms of CPU, {call.call.tx} pieces sent", flush=True)


class Stopwatch(NoWire):
    """A wire that notes how long the next message of a kind takes."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[bytes, float] = {}
        self.took: dict[bytes, list[float]] = {b"media": [], b"clear": []}

    def send(self, data: bytes) -> None:
        kind = data[10:15]
        if (begun := self.waiting.pop(kind, None)) is not None:
            self.took[kind].append(time.perf_counter() - begun)


async def _inside() -> None:
    """The same inside the server's process, from the message that comes in to the one that goes out."""
    wire, loop = Stopwatch(), asyncio.get_running_loop()
    async with Agent.open(load(BENCH)) as agent:
        chain = agent.answer(Call(CALL_SID, wire, loop))
        chain.put(_message("start", start={"streamSid": STREAM_SID, "callSid": CALL_SID}))
        frames = [audio.encode(voice(0.02))] * 30 + [audio.SILENCE] * 10
        for _ in range(TURNS):
            for number, payload in enumerate(frames):
                kind = {2: b"clear", 39: b"media"}.get(number)
                if kind:
                    wire.waiting[kind] = time.perf_counter()
                chain.put(_message("media", media={"payload": payload}))
            await asyncio.sleep(0.05)
        await finish(chain, "done")
    _show("deciding frame → first sound, inside the process", wire.took[b"media"])
    _show("third voiced frame → `clear`, inside the process", wire.took[b"clear"][1:])


def _message(event: str, **body: object) -> WireMessage:
    return WireMessage(encode({"event": event, "streamSid": STREAM_SID, **body}))


async def _latency() -> None:
    """One call: from the deciding frame to the first sound, and from the third voiced frame to `clear`."""
    script: list[Action] = [Wait(seconds=0.3)]
    for turn in range(TURNS):
        over = Pcm(pcm=voice(0.5, 400.0 + turn))
        script += [Pcm(pcm=voice(0.6, 300.0 + turn)), InterruptAfter(seconds=0.3, speech=over), WaitAudio()]
    with serving(BENCH) as server:
        result = await place_call(server.url, script, limit=600)
    net = [turn.gap - SILENCE for turn in result.turns if turn.gap is not None]
    _show("deciding frame sent → first sound received, one call", net)
    _show(
        "third voiced frame sent → `clear` received, one call", [it.reaction for it in result.barge_ins if it.reaction]
    )


async def _memory() -> None:
    """Memory of the server before, with, and after 100 calls at a time."""
    with serving(BENCH) as server:
        first = server.rss
        await _calls(server, 2)
        warm = server.rss
        calls = asyncio.create_task(_calls(server, CALLS))
        await asyncio.sleep(6)
        busy = server.rss
        results = await calls
        print(
            f"memory: {first} kB at rest, {warm} kB after two calls, {busy} kB with {CALLS} calls: "
            f"{(busy - warm) / CALLS:.0f} kB each"
        )
        errors = Counter(result.error for result in results if result.error)
        print(f"  {sum(result.ok for result in results)} of {CALLS} calls went well; {dict(errors)}")


async def _calls(server: Server, count: int) -> list[CallResult]:
    script = [Wait(seconds=1.0), Pcm(pcm=voice(1.0)), WaitAudio(), Wait(seconds=6.0)]
    return await asyncio.gather(*[place_call(server.url, script) for _ in range(count)])


def _show(what: str, seconds: list[float]) -> None:
    values = sorted(seconds)
    p50, p99 = values[len(values) // 2], values[min(len(values) - 1, round(len(values) * 0.99))]
    print(f"{what}: p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms of {len(values)}", flush=True)


if __name__ == "__main__":
    main()
