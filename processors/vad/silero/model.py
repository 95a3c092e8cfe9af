"""Silero's model of speech, and its use by one call.

`silero_vad.onnx` is the file of this name in the Python package silero-vad, byte for byte; the package is not needed,
as it would bring torch. Its licence (MIT) is beside it. Source: https://github.com/snakers4/silero-vad
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from pipeline import audio

FILE = Path(__file__).with_name("silero_vad.onnx")
VERSION = "6.2.3"  # of the package that the file is from
SHA256 = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"  # of the file, as the package records it

WINDOW = 256  # samples, 32 ms: the model's input
CONTEXT = 32  # samples of the window before, which the model takes again


class Listening:
    """The model as used by one call: its input, memory and output are bound once, so that a window costs less."""

    def __init__(self, session: Any) -> None:
        import numpy as np  # imported where it is used, as in audio

        self.sound = np.zeros((1, CONTEXT + WINDOW), np.float32)
        self.memory, self.remembered = np.zeros((2, 2, 1, 128), np.float32)
        self.probability = np.zeros((1, 1), np.float32)
        binding = session.io_binding()
        rate = np.array(audio.RATE, np.int64)
        for name, array in (("input", self.sound), ("state", self.memory), ("sr", rate)):
            binding.bind_cpu_input(name, array)
        for name, array in (("output", self.probability), ("stateN", self.remembered)):
            binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        self.run = partial(session.run_with_iobinding, binding)

    def hears(self, sound: bytearray) -> float:
        """Return the probability of speech in the sound's first window."""
        import numpy as np

        np.multiply(np.frombuffer(sound, "<i2", CONTEXT + WINDOW), 1 / 32768, out=self.sound[0], dtype=np.float32)
        self.run()
        self.memory[:] = self.remembered
        return float(self.probability[0, 0])

    def forget(self) -> None:
        """Reset the memory, as at the start of a call."""
        self.memory.fill(0)


@cache
def session() -> Any:
    """Return the model, loaded once a process: 10 MB less for every further config that uses it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a second thread only waits
    return onnxruntime.InferenceSession(str(FILE), options, providers=["CPUExecutionProvider"])
