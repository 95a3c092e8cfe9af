"""Pipecat's own analyzers of voice and of turns, as they are by default, on sound that is handed in.

python -m benchmarks.peers.pipecat_turns < JOBS > RESULTS

JOBS is JSON: the file of all sound (16-bit PCM, 8 kHz), and for each job its first sample `at`, its length `n`, and
`task`: `voice` asks when the voice detector first says that the user speaks, `turn` when the turn is first over. The
results are those times, in seconds from each job's start, or null. A job's sound is given in frames of 20 ms.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.turn.smart_turn import base_smart_turn
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADState

RATE, FRAME = 8000, 160


class Clock:
    """The time module of the turn analyzer, which marks sound with the time of its arrival: here the sound's own."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Return the seconds of sound so far."""
        return self.now

    perf_counter = monotonic


async def first_voice(frames: list[bytes]) -> float | None:
    """Return when the user is first said to speak."""
    detector = SileroVADAnalyzer(sample_rate=RATE)
    detector.set_sample_rate(RATE)
    for number, frame in enumerate(frames, 1):
        if await detector.analyze_audio(frame) == VADState.SPEAKING:
            return number * FRAME / RATE
    return None


async def first_end(frames: list[bytes], analyzer: Any, clock: Clock) -> float | None:
    """Return when the user's turn is first over: by the model as the voice stops, or by the silence after it."""
    detector = SileroVADAnalyzer(sample_rate=RATE)
    detector.set_sample_rate(RATE)
    analyzer.clear()
    analyzer.update_vad_start_secs(detector.params.start_secs)
    speaks = False
    for number, frame in enumerate(frames, 1):
        clock.now = 1.0 + number * FRAME / RATE
        state = await detector.analyze_audio(frame)
        over = speaks and state == VADState.QUIET
        speaks = state == VADState.SPEAKING or (speaks and not over)
        done = analyzer.append_audio(frame, speaks) == EndOfTurnState.COMPLETE
        if over and not done:
            done = (await analyzer.analyze_end_of_turn())[0] == EndOfTurnState.COMPLETE
        if done:
            return number * FRAME / RATE
    return None


async def answer(sound: bytes, jobs: list[dict[str, Any]]) -> list[float | None]:
    """Return the results of all jobs, in their order."""
    analyzer, clock = LocalSmartTurnAnalyzerV3(sample_rate=RATE), Clock()
    analyzer.set_sample_rate(RATE)
    base_smart_turn.time = clock  # or sound that is given at once would all be of the same moment
    found = []
    for job in jobs:
        begin, over = 2 * job["at"], 2 * (job["at"] + job["n"])
        frames = [sound[at : at + 2 * FRAME] for at in range(begin, over - 2 * FRAME + 1, 2 * FRAME)]
        found.append(await (first_voice(frames) if job["task"] == "voice" else first_end(frames, analyzer, clock)))
    await analyzer.cleanup()
    return found


def main() -> None:
    """Read the jobs, and write their results."""
    logger.remove()
    order = json.load(sys.stdin)
    print(json.dumps(asyncio.run(answer(Path(order["file"]).read_bytes(), order["jobs"]))))


if __name__ == "__main__":
    main()
