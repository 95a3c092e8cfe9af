"""Silero's model of speech, and its use by one call.

`silero_vad.onnx` is the file of this name in the Python package silero-vad, byte for byte; the package is not needed,
as it would bring torch. Its licence (MIT) is beside it. Source: https://github.com/snakers4/silero-vad
"""

from __future__ import annotations

import random
from array import array
from functools import cache, partial
from pathlib import Path
from typing import Any

from pipeline import audio
from pipeline.environment.variables import add

# From version 1.31 on the library opens a file of telemetry as it is imported, and a thread that sends it to its maker.
# Here and not where the model is loaded: a server imports the libraries of all its steps before.
add({"ORT_DISABLE_TELEMETRY": "1"})

FILE = Path(__file__).with_name("silero_vad.onnx")
VERSION = "6.2.3"  # of the package that the file is from
SHA256 = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"  # of the file, as the package records it

WINDOW = 256  # samples, 32 ms: the model's input
CONTEXT = 32  # samples of the window before, which the model takes again
HISS = 60  # RMS of the noise of a calm line, as the model is given it


class Listening:
    """The model as used by one call: its input, memory and output are bound once, so that a window costs less.

    Its memory is that of a calm line; `deaf`: an empty one.
    """

    def __init__(self, session: Any, deaf: bool = False) -> None:
        import numpy as np  # imported where it is used, as in audio

        self.sound = np.zeros((1, CONTEXT + WINDOW), np.float32)
        self.memory, self.remembered = np.zeros((2, 2, 1, 128), np.float32)
        if not deaf:
            self.forget()
        self.probability = np.zeros((1, 1), np.float32)
        binding = session.io_binding()
        rate = np.array(audio.RATE, np.int64)
        for name, bound in (("input", self.sound), ("state", self.memory), ("sr", rate)):
            binding.bind_cpu_input(name, bound)
        for name, bound in (("output", self.probability), ("stateN", self.remembered)):
            binding.bind_output(name, "cpu", 0, np.float32, bound.shape, bound.ctypes.data)
        self.run = partial(session.run_with_iobinding, binding)

    def hears(self, sound: bytes | bytearray, gain: float = 1.0) -> float:
        """Return the probability of speech in the sound's first window, made `gain` times as loud."""
        import numpy as np

        np.multiply(np.frombuffer(sound, "<i2", CONTEXT + WINDOW), gain / 32768, out=self.sound[0], dtype=np.float32)
        self.run()
        self.memory[:] = self.remembered
        return float(self.probability[0, 0])

    def forget(self) -> None:
        """Reset the memory, as at the start of a call: to that of a calm line."""
        self.memory[:] = _calm_line()


@cache
def _calm_line() -> Any:
    """Return the memory after two seconds of a quiet line's noise."""
    # With an empty one the model is deaf for most of its first word: at -46 dBFS it misses one in seven, and with this
    # one in a hundred. After digital silence, which no line has, it takes a quiet voice for noise.
    listening, chance = Listening(session(), deaf=True), random.Random(1)
    noise = array("h", (round(chance.gauss(0, HISS)) for _ in range(2 * audio.RATE))).tobytes()
    for at in range(0, len(noise) - 2 * (CONTEXT + WINDOW), 2 * WINDOW):
        listening.hears(noise[at:])
    return listening.memory.copy()


@cache
def session() -> Any:
    """Return the model, loaded once a process: 10 MB less for every further config that uses it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a second thread only waits
    return onnxruntime.InferenceSession(str(FILE), options, providers=["CPUExecutionProvider"])
