"""The cost of `echo_guard`: processor time of one call's guard, on a clean line and on one that echoes all the time.

    python -m benchmarks.echo

Drives the step alone, with sound that rises and falls as speech does. Prints the share of a core that a call takes, and
the time of the dearest frame.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from loguru import logger

from pipeline import audio
from pipeline.frames import AudioIn
from pipeline.testing import run
from processors.echo_guard import LineEchoGuard

SECONDS = 60
LAG = 9  # frames, 180 ms
LINES = {
    "clean, the caller silent": (0.0, 0.0),
    "clean, the caller speaks over each reply": (0.0, 1.0),
    "echo at -20 dB": (0.1, 0.0),
    "echo at -6 dB": (0.5, 0.0),
}  # the loudness of the echo and of the caller, as parts of the agent's


class Measured(LineEchoGuard):
    """A guard whose agent speaks all the time, and that measures itself."""

    handlers = {AudioIn: "judge"}

    def begin(self) -> None:
        super().begin()
        self.voice = [audio.encode(piece) for piece in _pieces(_speech(1))]
        self.taken: list[int] = []  # nanoseconds of each frame

    def judge(self, frame: AudioIn) -> None:
        began = time.thread_time_ns()
        self.played(self.voice[round(frame.at / audio.FRAME_SECONDS)])
        super().judge(frame)
        self.taken.append(time.thread_time_ns() - began)


def _speech(seed: int) -> bytes:
    """Return a minute of noise in syllables."""
    random, count = np.random.default_rng(seed), SECONDS * audio.RATE
    loud = np.repeat(random.uniform(0, 1, count // 1000) ** 2, 1000)
    sound = np.convolve(random.standard_normal(count + 7), random.standard_normal(8), "valid") * loud
    return bytes((2500 * sound / sound.std()).clip(-32000, 32000).astype("<i2"))


def _pieces(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + audio.FRAME_BYTES] for at in range(0, len(pcm), audio.FRAME_BYTES)]


def _line(echo: float, caller: float) -> Iterator[AudioIn | float]:
    own, other = (np.frombuffer(_speech(seed), "<i2").astype(float) for seed in (1, 2))
    shift = LAG * audio.FRAME_SAMPLES
    talks = np.repeat(np.arange(SECONDS // 6 * 6) % 6 == 5, audio.RATE)  # one second of six
    sound = echo * np.concatenate((np.zeros(shift), own))[: len(own)] + caller * other * talks
    for number, pcm in enumerate(_pieces(bytes(sound.clip(-32000, 32000).astype("<i2")))):
        yield audio.FRAME_SECONDS
        yield AudioIn(pcm, number * audio.FRAME_SECONDS, audio.is_voiced(pcm))


def main() -> None:
    """Measure each line and print a row for it."""
    logger.remove()
    print(f"{'line':42} {'of a core':>9} {'dearest frame':>14} {'voiced':>7} {'passed':>7}")
    for name, line in LINES.items():
        guard, frames = Measured(), list(_line(*line))
        passed = sum(bool(it.voiced) for it in run(guard, frames) if isinstance(it, AudioIn))
        voiced = sum(bool(it.voiced) for it in frames if isinstance(it, AudioIn))
        share, dearest = sum(guard.taken) / SECONDS / 1e9, max(guard.taken[50:]) / 1e6
        print(f"{name:42} {share:9.3%} {dearest:11.2f} ms {voiced:7} {passed:7}")


if __name__ == "__main__":
    main()
