"""Voice by a model that knows speech from noise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pipeline import audio
from pipeline.faults import MissingExtra
from pipeline.processor import StepSettings, doc
from pipeline.vad import Vad

if TYPE_CHECKING:
    import numpy as np

if find_spec("onnxruntime") is None:
    raise MissingExtra("silero", "onnxruntime")
if find_spec("silero_vad") is None:
    raise MissingExtra("silero", "silero-vad", "--no-deps")  # its torch is not used

WINDOW = 256  # samples, 32 ms: what the model judges at once
CONTEXT = 32  # samples of the window before, which it wants to see again
HYSTERESIS = 0.15  # voice goes on until the probability is this far below the threshold
SEEN = 2 * (CONTEXT + WINDOW)  # bytes that it is shown
CALM = 25  # frames, 0.5 s below the floor, after which it is shown nothing: a caller listens most of the time
LEAD = 4  # windows, 128 ms, from before the first loud frame that it is shown then
FORGET = 1500  # frames, 30 s: after this long without voice the model's memory of the line's noise starts anew


class SileroVad(Vad):
    """Calls a frame voiced if Silero's model hears speech in it, and it is louder than a floor.

    Source: the 8 kHz ONNX model of the silero-vad package, read from its file; the package itself would import torch.
    """

    imports = ("onnxruntime",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        threshold: Annotated[float, doc("Probability of speech from which a frame is voice.", 0.05, 0.95)] = 0.5
        rms: Annotated[int, doc("Quieter frames are never voice (RMS of 16-bit samples).", 0, 32767)] = 210

    settings: Settings

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.sound = bytearray(2 * CONTEXT)  # what the model has not seen, behind the context
        self.state = _fresh()
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
            self.state, self.silent = _fresh(), 0
        return self.speech and loud

    def window(self) -> None:
        import numpy as np  # where it is used, as in audio

        sound = np.frombuffer(bytes(self.sound[:SEEN]), "<i2").astype(np.float32)[np.newaxis, :] / 32768
        del self.sound[: 2 * WINDOW]
        probability, self.state = self.shared.run(None, {"input": sound, "state": self.state, "sr": _rate()})
        limit = self.settings.threshold - HYSTERESIS * self.speech
        self.speech = bool(probability[0, 0] > limit)

    def wait(self) -> None:
        """On a calm line the model rests and nothing is speech; of the sound, what may be a beginning is kept."""
        self.speech = False
        while len(self.sound) >= SEEN + LEAD * 2 * WINDOW:
            del self.sound[: 2 * WINDOW]


def _fresh() -> np.ndarray[Any, np.dtype[np.float32]]:
    """The model's memory of nothing."""
    import numpy as np

    return np.zeros((2, 1, 128), np.float32)


@cache
def _rate() -> np.ndarray[Any, np.dtype[np.int64]]:
    """Samples a second, as the model is told."""
    import numpy as np

    return np.array(audio.RATE, np.int64)


_sessions: dict[Path, Any] = {}


def _session() -> Any:
    """The model, loaded once a process: 10 MB less for every further config that uses it."""
    import onnxruntime

    spec = find_spec("silero_vad")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).with_name("data") / "silero_vad.onnx"
    if path not in _sessions:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a second thread only waits
        _sessions[path] = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return _sessions[path]
