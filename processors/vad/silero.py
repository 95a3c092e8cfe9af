"""Voice by a model that knows speech from noise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pipeline import audio
from pipeline.faults import MissingExtra
from pipeline.frames import AudioIn
from pipeline.processor import Processor, StepSettings, doc, on

if find_spec("onnxruntime") is None:
    raise MissingExtra("silero", "onnxruntime")
if find_spec("silero_vad") is None:
    raise MissingExtra("silero", "silero-vad", "--no-deps")  # its torch is not used

WINDOW = 256  # samples, 32 ms: what the model judges at once
CONTEXT = 32  # samples of the window before, which it wants to see again
HYSTERESIS = 0.15  # voice goes on until the probability is this far below the threshold
FORGET = 1500  # frames, 30 s: after this long without voice the model's memory of the line's noise starts anew


class SileroVad(Processor):
    """Calls a frame voiced if Silero's model hears speech in it, and it is louder than a floor.

    Source: the 8 kHz ONNX model of the silero-vad package, read from its file; the package itself would import torch.
    """

    gives = (AudioIn,)
    imports = ("onnxruntime",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        threshold: Annotated[float, doc("Probability of speech from which a frame is voice.", 0.05, 0.95)] = 0.5
        rms: Annotated[int, doc("Quieter frames are never voice (RMS of 16-bit samples).", 0, 32767)] = 210

    settings: Settings

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.waiting = np.zeros(0, np.float32)
        self.context = np.zeros(CONTEXT, np.float32)
        self.state = np.zeros((2, 1, 128), np.float32)
        self.speech = False
        self.silent = 0  # frames without speech in a row

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        yield _session()

    @on(AudioIn)
    def judge(self, frame: AudioIn) -> None:
        samples = np.frombuffer(frame.pcm, "<i2").astype(np.float32) / 32768
        self.waiting = np.concatenate((self.waiting, samples))
        while len(self.waiting) >= WINDOW:
            self.window(self.waiting[:WINDOW])
            self.waiting = self.waiting[WINDOW:]
        self.silent = 0 if self.speech else self.silent + 1
        if self.silent == FORGET:
            self.state, self.silent = np.zeros_like(self.state), 0
        self.push(AudioIn(frame.pcm, frame.at, self.speech and audio.rms(frame.pcm) > self.settings.rms))

    def window(self, samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        sound = np.concatenate((self.context, samples))[np.newaxis, :]
        feed = {"input": sound, "state": self.state, "sr": np.array(audio.RATE, np.int64)}
        probability, self.state = self.shared.run(None, feed)
        self.context = samples[-CONTEXT:]
        limit = self.settings.threshold - HYSTERESIS * self.speech
        self.speech = bool(probability[0, 0] > limit)


_sessions: dict[Path, Any] = {}


def _session() -> Any:
    """The model, loaded once a process: 10 MB less for every further config that uses it."""
    import onnxruntime

    spec = find_spec("silero_vad")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).with_name("data") / "silero_vad.onnx"
    if path not in _sessions:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # 60 us of work: a second thread only waits
        _sessions[path] = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return _sessions[path]
