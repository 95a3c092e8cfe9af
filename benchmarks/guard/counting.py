"""One minute of a call in virtual time, counted: the same numbers on every machine, however busy it is."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import msgspec

from pipeline import audio
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.loop.virtual import run_virtual
from pipeline.testing import CALL_SID, Line, spoken, voice

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "configs/bench.yaml"
EVERY, SPEECH = 8, 1.5  # seconds from one turn to the next, and that the caller speaks in each
# the modules that play the parts of Twilio and of time
CALLERS = ("pipeline/phone/", "pipeline/twilio/playback.py", "pipeline/testing.py", "pipeline/loop/virtual.py")
MINUTE, STRETCH = 60, 8  # seconds of call: whose calls are counted, and whose memory, which takes longer to count


class Counts(msgspec.Struct, frozen=True):
    """What a call took.

    `calls` are those of Kav's functions and those that they make of others, by module; `blocks` are the pieces of
    memory by which the process was seen to grow from one call to the next while they ran. The counting itself takes
    some of those, the same number each time.
    """

    calls: dict[str, int]
    call_frames: int
    blocks: int
    block_frames: int

    @property
    def calls_per_frame(self) -> float:
        """For each 20 ms of the caller's sound."""
        return sum(self.calls.values()) / self.call_frames

    @property
    def blocks_per_frame(self) -> float:
        """For each 20 ms of the caller's sound."""
        return self.blocks / self.block_frames


def count(config: Path = BENCH) -> Counts:
    """Count a call to this config; the first one, which fills caches and imports, does not count."""
    agent = load(config)
    run_virtual(_call(agent, MINUTE))
    gc.collect()
    gc.disable()  # when it runs depends on what else the process holds
    try:
        calls, blocks = _Calls(), _Blocks()
        call_frames = _watched(calls.see, _call(agent, MINUTE))
        block_frames = _watched(blocks.see, _call(agent, STRETCH))
    finally:
        gc.enable()
    return Counts(calls.by_module(), call_frames, blocks.taken(), block_frames)


async def _call(config: Config, seconds: float) -> int:
    """The frames heard in a call in which the caller speaks every eight seconds."""
    caller = spoken(*[(1 + EVERY * turn, voice(SPEECH)) for turn in range(int(seconds) // EVERY)])
    loop = asyncio.get_running_loop()
    async with Agent.open(config) as agent:
        line = Line(loop)
        chain = agent.answer(Call(CALL_SID, line, loop, language=config.language))
        await line.talk(chain, caller, seconds)
        await finish(chain, "stop")
    return round(seconds / audio.FRAME_SECONDS)


def _watched(see: Callable[[FrameType, str, Any], None], call: Coroutine[Any, Any, int]) -> int:
    sys.setprofile(see)
    try:
        return run_virtual(call)
    finally:
        sys.setprofile(None)


class _Calls:
    """Counts calls by the two functions that take part in them."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[CodeType, CodeType | None]] = Counter()

    def see(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            self.counts[frame.f_code, frame.f_back.f_code if frame.f_back else None] += 1
        elif event == "c_call":
            self.counts[frame.f_code, None] += 1

    def by_module(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for (code, caller), times in self.counts.items():
            if module := _module(code) or (_module(caller) if caller else ""):
                found[module] += times
        return dict(sorted(found.items()))


class _Blocks:
    """Adds up by how much the number of blocks grows while each function runs."""

    def __init__(self) -> None:
        self.grown: Counter[CodeType] = Counter()
        self.last = sys.getallocatedblocks()
        self.runs: CodeType = self.see.__code__

    def see(self, frame: FrameType, event: str, _: Any) -> None:
        now = sys.getallocatedblocks()
        if now > self.last:
            self.grown[self.runs] += now - self.last
        self.last = now
        after = frame.f_back if event == "return" else frame
        self.runs = after.f_code if after else frame.f_code

    def taken(self) -> int:
        return sum(grown for code, grown in self.grown.items() if _module(code))


def _module(code: CodeType) -> str:
    """The module that holds this code, if it is one that a server runs: `processors/pacer.py`."""
    path = Path(code.co_filename)
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    return name if name.startswith(("pipeline/", "processors/")) and not name.startswith(CALLERS) else ""
