"""Voice activity by a neural model that tells speech from noise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pipeline import audio
from pipeline.faults import MissingExtra
from pipeline.settings import StepSettings, doc
from pipeline.vad import Vad

if find_spec("onnxruntime") is None:
    raise MissingExtra("silero", "onnxruntime")
if find_spec("silero_vad") is None:
    raise MissingExtra("silero", "silero-vad", "--no-deps")  # its torch is not used

WINDOW = 256  # samples, 32 ms: the model's input
CONTEXT = 32  # samples of the window before, which the model takes again
HYSTERESIS = 0.15  # speech goes on until the probability is this far below the threshold
SEEN = 2 * (CONTEXT + WINDOW)  # bytes given to the model for a window
CALM = 25  # frames, 0.5 s, below the floor, after which the model rests
LEAD = 4  # windows, 128 ms, before the first loud frame, given to the model when it resumes
FORGET = 1500  # frames, 30 s, without speech, after which the model's memory of the line's noise is reset


class SileroVad(Vad):
    """Calls a frame voiced if Silero's model finds speech in it and it is louder than a floor.

    After 0.5 s below the floor the model rests, as a caller listens most of the time.
    Source: the 8 kHz ONNX model of the silero-vad package, read from its file; the package itself would import torch.
    """

    imports = ("onnxruntime",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        threshold: Annotated[float, doc("Probability of speech from which a frame is voice.", 0.05, 0.95)] = 0.5
        rms: Annotated[int, doc("Quieter frames are never voice (RMS of 16-bit samples).", 0, 32767)] = 210

    settings: Settings

    def begin(self) -> None:
        self.sound = bytearray(2 * CONTEXT)  # sound that the model has not had, behind the context
        self.model = Listening(self.shared)
        self.speech = False
        self.silent = 0  # frames without speech in a row
        self.calm = CALM  # frames below the floor in a row

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        yield _session()

    def hears(self, pcm: bytes) -> bool:
        loud = audio.rms(pcm) > self.settings.rms
        self.calm = 0 if loud else self.calm + 1
        self.sound += pcm
        if self.calm < CALM:
            while len(self.sound) >= SEEN:
                self.window()
        else:
            self.wait()
        self.silent = 0 if self.speech else self.silent + 1
        if self.silent == FORGET:
            self.model.forget()
            self.silent = 0
        return self.speech and loud

    def window(self) -> None:
        probability = self.model.hears(self.sound)
        del self.sound[: 2 * WINDOW]
        # Once speech, a frame stays speech at a lower probability, so that a weak syllable does not split a word.
        self.speech = probability > self.settings.threshold - HYSTERESIS * self.speech

    def wait(self) -> None:
        """Rest while the line is calm: no frame is speech, and only the last 128 ms are kept, as a possible start."""
        self.speech = False
        while len(self.sound) >= SEEN + LEAD * 2 * WINDOW:
            del self.sound[: 2 * WINDOW]


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


_sessions: dict[Path, Any] = {}


def _session() -> Any:
    """Return the model, loaded once a process: 10 MB less for every further config that uses it."""
    import onnxruntime

    spec = find_spec("silero_vad")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).with_name("data") / "silero_vad.onnx"
    if path not in _sessions:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a second thread only waits
        _sessions[path] = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return _sessions[path]
