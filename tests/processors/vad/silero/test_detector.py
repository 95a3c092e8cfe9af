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
from pipeline.frames import AgentSpeaking, AudioIn, Interrupt
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


def test_quiet_speech_stays_below_a_fixed_floor(vad: Callable[..., Any], speech: bytes) -> None:
    """With `below_caller: 0` what the model takes for speech counts only if it is louder than `rms`."""
    loudest = max(audio.rms(speech[at : at + 320]) for at in range(0, len(speech), 320))
    assert not any(judged(vad(rms=loudest, below_caller=0.0), speech))
    assert any(judged(vad(rms=0, below_caller=0.0), speech))


def at_level(speech: bytes, level: float) -> bytes:
    """The sentence at this level of dBFS, on a line with noise at -62 dBFS."""
    samples = np.frombuffer(speech, "<i2").astype(float)
    samples *= 32768 * 10 ** (level / 20) / np.sqrt(np.mean(samples**2))
    hiss = np.frombuffer(noise(len(samples) / 8000 + 0.001, 26), "<i2")[: len(samples)]
    return bytes(np.clip(samples + hiss, -32768, 32767).astype("<i2"))


def hears(step: SileroVad, pcm: bytes) -> list[bool]:
    """Each whole 20 ms of a sound, in a call that goes on: voiced or not."""
    return [step.hears(pcm[at : at + 320]) for at in range(0, len(pcm) - 319, 320)]


@pytest.mark.parametrize("level", [-16, -36, -46, -50])
def test_a_caller_is_heard_at_any_level(vad: Callable[..., Any], speech: bytes, level: float) -> None:
    """From their first word on: most frames are voiced that are in a usual voice."""
    usual, other = (hears(vad(), noise(1.0, 26) + at_level(speech, each)) for each in (-26.0, level))
    assert sum(other) > 0.7 * sum(usual) > 0.5 * len(speech) / 320


def test_the_floor_follows_the_caller(vad: Callable[..., Any], speech: bytes) -> None:
    """A voice 30 dB below the caller's own is one in the room; `rms` bounds the floor."""
    step = vad(rms=2000)
    hears(step, at_level(speech, -16))
    assert sum(hears(step, noise(1.0, 26) + at_level(speech, -46))) == 0
    bound = vad(rms=60)
    hears(bound, at_level(speech, -16))
    assert bound.floor == 60 and sum(hears(bound, noise(1.0, 26) + at_level(speech, -46))) > 20


def test_a_softer_caller_takes_over(vad: Callable[..., Any], speech: bytes) -> None:
    """The telephone is handed on: the floor comes down to a voice 20 dB softer."""
    step = vad()
    for _ in range(2):
        hears(step, at_level(speech, -20) + noise(0.6, 26))
    soft = [sum(hears(step, at_level(speech, -40) + noise(0.6, 26))) for _ in range(3)]
    assert soft[-1] > 0.4 * len(speech) / 320


def test_a_voice_in_the_room_does_not_interrupt(vad: Callable[..., Any], speech: bytes) -> None:
    """While the agent speaks it takes a voice less than 10 dB under the caller's own."""
    loud, soft = (at_level(speech, level) for level in (-26, -46))
    for sound, voiced in ((loud, True), (soft, False)):
        step = vad()
        hears(step, loud)
        step.agent(AgentSpeaking(True))
        assert any(hears(step, noise(0.6, 26) + sound)) is voiced
        step.agent(Interrupt(1, "", 0.0))
        assert any(hears(step, noise(0.6, 26) + soft))


def test_voice_begins_more_easily_where_an_answer_is_awaited(vad: Callable[..., Any]) -> None:
    """Three thresholds: of the agent's speech, of the silence after it, and of all other times."""
    step = vad()
    found = [step.begins]
    for control in (AgentSpeaking(True), AgentSpeaking(False, "Yes?"), AgentSpeaking(True), Interrupt(1, "", 0.0)):
        step.agent(control)
        found.append(step.begins)
    assert found == [0.5, 0.7, 0.35, 0.7, 0.5]


def test_an_answer_that_has_begun_is_awaited_no_more(vad: Callable[..., Any], speech: bytes) -> None:
    """After 0.3 s of voice the usual threshold is back, so that noise does not prolong the turn."""
    step = vad()
    step.agent(AgentSpeaking(False, "Yes?"))
    hears(step, noise(0.5, 26) + at_level(speech, -26))
    assert step.begins == 0.5


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
    ear = Listening(vad().shared)
    state = ear.memory.copy()
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
    judged(step, noise(20.0, 40))
    assert model.asked == 0
    after = judged(step, speech)
    at_once = judged(vad(), bytes(13 * 320) + speech)[13:]
    assert model.asked >= len(speech) // 512
    assert sum(one != other for one, other in zip(after, at_once, strict=True)) <= 0.05 * len(after)
