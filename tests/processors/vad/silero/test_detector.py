from __future__ import annotations

import random
import struct
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from pipeline import audio
from pipeline.agent import Agent
from pipeline.config import Config
from pipeline.frames import AudioIn
from pipeline.testing import run, run_virtual, voice
from processors.vad.silero import SileroVad

for package in ("onnxruntime", "espeakng_loader"):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed", allow_module_level=True)

from processors.tts import espeak  # noqa: E402
from processors.vad import silero  # noqa: E402
from processors.vad.silero.detector import SEEN  # noqa: E402
from processors.vad.silero.model import Listening  # noqa: E402
from tests.kit.chain import chain  # noqa: E402


@pytest.fixture(scope="module")
def vad() -> Callable[..., Any]:
    """Make a vad with the model loaded once."""

    async def load() -> Any:
        async with silero.SileroVad.share(silero.SileroVad.Settings(), (), "en-US") as model:
            return model

    model = run_virtual(load())

    def begun(**changed: Any) -> Any:
        step = silero.SileroVad(silero.SileroVad.Settings(**changed), model)
        step.begin()
        return step

    return begun


@pytest.fixture(scope="module")
def speech() -> bytes:
    """A real sentence, spoken by espeak-ng."""
    pieces = []

    def take(pcm: bytes) -> bool:
        pieces.append(pcm)
        return False

    library = espeak._library()
    library.speak("I am looking for an apartment with three rooms in Tel Aviv.", ("en-us", 165, 50), take)
    return audio.resample(b"".join(pieces), library.rate)


def noise(seconds: float, level: int, seed: int = 1) -> bytes:
    """White noise of this RMS."""
    chance = random.Random(seed)
    return struct.pack(f"<{int(seconds * 8000)}h", *(int(chance.gauss(0, level)) for _ in range(int(seconds * 8000))))


def judged(step: SileroVad, pcm: bytes) -> list[bool]:
    """Each whole 20 ms of a sound: voiced or not."""
    whole = [AudioIn(pcm[at : at + 320], at / 16000) for at in range(0, len(pcm) - 319, 320)]
    frames = run(step, whole)
    assert [(it.pcm, it.at) for it in frames] == [(it.pcm, it.at) for it in whole]
    return [it.voiced for it in frames]


def test_speech_is_voice(vad: Callable[..., Any], speech: bytes) -> None:
    """Most of a spoken sentence is voiced, and it does not fall apart into single frames."""
    voiced = judged(vad(), bytes(8000) + speech)
    assert sum(voiced) > 0.6 * len(speech) / 320


def test_loud_noise_is_no_voice(vad: Callable[..., Any]) -> None:
    """White noise that any loudness threshold would take for speech is not speech."""
    assert sum(judged(vad(), noise(3.0, 2000))) == 0


def test_silence_is_no_voice(vad: Callable[..., Any]) -> None:
    """Nothing is nothing."""
    assert not any(judged(vad(), bytes(32000)))


def test_quiet_speech_stays_below_the_floor(vad: Callable[..., Any], speech: bytes) -> None:
    """What the model takes for speech counts only if it is louder than `rms`."""
    loudest = max(audio.rms(speech[at : at + 320]) for at in range(0, len(speech), 320))
    assert not any(judged(vad(rms=loudest), speech))
    assert any(judged(vad(rms=0), speech))


def test_speech_ends_within_an_eighth_of_a_second(vad: Callable[..., Any], speech: bytes) -> None:
    """The pause after a sentence is seen soon enough for any end of utterance."""
    voiced = judged(vad(), bytes(8000) + speech + bytes(16000))
    last = max(index for index, it in enumerate(voiced) if it)
    assert last * 320 <= 8000 + len(speech) + 2000


def test_half_a_minute_without_voice_starts_the_models_memory_anew(vad: Callable[..., Any], speech: bytes) -> None:
    """After 30 s of noise, speech is still speech."""
    step = vad()
    voiced = judged(step, noise(31.0, 60) + speech)
    assert sum(voiced[: 31 * 50]) == 0
    assert sum(voiced[31 * 50 :]) > 0.5 * len(speech) / 320


def test_the_model_is_loaded_once_a_process(config: Callable[..., Config]) -> None:
    """Two configs that use it share it."""
    text = chain(vad="vad.silero")

    async def both() -> bool:
        async with Agent.open(config(text)) as one, Agent.open(config(text)) as other:
            return one.opened[1][0].shared is other.opened[1][0].shared

    assert run_virtual(both())


def test_calls_do_not_hear_each_other(vad: Callable[..., Any], speech: bytes) -> None:
    """Two calls at once, one of speech and one of noise, are judged as each is alone."""
    one, other, sounds = vad(), vad(), (speech, noise(3.0, 2000))
    pairs = [[sound[at : at + 320] for at in range(0, 48000, 320)] for sound in sounds]
    both = [(one.hears(a), other.hears(b)) for a, b in zip(*pairs, strict=True)]
    alone = [[step.hears(pcm) for pcm in sound] for step, sound in zip((vad(), vad()), pairs, strict=True)]
    assert both == list(zip(*alone, strict=True)) and any(alone[0]) and not any(alone[1])


def test_a_call_hears_as_the_model_does(vad: Callable[..., Any], speech: bytes) -> None:
    """What is bound once is what a run with arrays of its own gives, window by window."""
    ear, state = Listening(vad().shared), np.zeros((2, 1, 128), np.float32)
    for at in range(0, 16000, 512):
        sound = speech[at : at + SEEN]
        feed = {"input": np.frombuffer(sound, "<i2").astype(np.float32)[None] / 32768, "state": state}
        probability, state = vad().shared.run(None, {**feed, "sr": np.array(8000)})
        assert ear.hears(bytearray(sound)) == probability[0, 0]


def test_a_tone_is_no_speech(vad: Callable[..., Any]) -> None:
    """The test kit's `voice` is for vads that measure loudness."""
    assert sum(judged(vad(), voice(1.0))) < 25


class Counted:
    """The model, and how often it was asked."""

    def __init__(self, model: Any) -> None:
        self.model, self.asked = model, 0

    def io_binding(self) -> Any:
        return self.model.io_binding()

    def run_with_iobinding(self, binding: Any) -> None:
        self.asked += 1
        self.model.run_with_iobinding(binding)


def test_a_calm_line_costs_no_model(vad: Callable[..., Any], speech: bytes) -> None:
    """While a caller listens the model rests; what they say then is heard as if it had not."""
    model = Counted(vad().shared)
    step = silero.SileroVad(None, model)
    step.begin()
    judged(step, noise(20.0, 60))
    assert model.asked == 0
    after = judged(step, speech)
    at_once = judged(vad(), bytes(13 * 320) + speech)[13:]
    assert model.asked >= len(speech) // 512
    assert sum(one != other for one, other in zip(after, at_once, strict=True)) <= 0.05 * len(after)
