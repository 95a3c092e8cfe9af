"""A line that gives the agent's voice back, and sounds that rise and fall as speech does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline import audio
from pipeline.agent import Agent
from pipeline.config import Config, RecordSettings
from pipeline.events import Event
from pipeline.loop.virtual import run_virtual
from pipeline.phone.virtual_line import CALL_SID, converse
from pipeline.records.recorder import Recorder
from pipeline.testing import Line, Played, spoken
from pipeline.tts import Voice
from pipeline.twilio.playback import Playback

Changed = Callable[[float, bytes], bytes]  # seconds of the call, 20 ms of the agent's voice as PCM → their echo


def speech(seconds: float, seed: int, level: float = 2000.0) -> bytes:
    """Return noise of one speaker: syllables of 100 to 300 ms with pauses between, the same for a seed; 16-bit PCM."""
    rng, count = np.random.default_rng(seed), round(seconds * audio.RATE)
    sound = np.convolve(rng.standard_normal(count + 8), rng.standard_normal(8), "same")[:count]
    loud, at = np.zeros(count), 0
    while at < count:
        length = int(rng.integers(800, 2400))
        loud[at : at + length] = np.hanning(length)[: count - at] * rng.uniform(0.4, 1)
        at += length + int(rng.integers(0, 1200))
    sound *= loud / np.sqrt(np.mean((sound * loud) ** 2)) * level
    return bytes(np.clip(sound, -32000, 32000).astype("<i2"))


def louder(pcm: bytes, decibels: float) -> NDArray[np.float64]:
    """Return the samples of a sound at another level."""
    samples: NDArray[np.float64] = np.frombuffer(pcm, "<i2") * 10 ** (decibels / 20)
    return samples


def at_level(decibels: float) -> Changed:
    """Return an echo path that changes the loudness alone."""
    return lambda _, pcm: bytes(louder(pcm, decibels).astype("<i2"))


class SpeechVoice(Voice):
    """Speaks as `speech` does, 60 ms a letter; each text has a sound of its own."""

    recorded = False

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        yield speech(0.06 * len(text), sum(map(ord, text)))


class _Echoing:
    """A caller whose line gives the agent's voice back after `lag(at)` seconds, changed."""

    def __init__(self, caller: Callable[[float], bytes], lag: Callable[[float], float], changed: Changed) -> None:
        self.caller, self.lag, self.changed = caller, lag, changed
        self.playback: Playback | None = None
        self.start = 0.0

    def __call__(self, at: float) -> bytes:
        own = np.frombuffer(audio.decode(self.caller(at)), "<i2").astype(int)
        since = self.start + at - self.lag(at)
        if self.playback is not None:
            back = self.changed(at, self.playback.track(since, since + audio.FRAME_SECONDS))
            own += np.frombuffer(back, "<i2")
        return audio.encode(bytes(np.clip(own, -32768, 32767).astype("<i2")))


def play_echoing(
    config: Config,
    parts: Sequence[tuple[float, bytes]],
    seconds: float,
    lag: float | Callable[[float], float] = 0.18,
    changed: Changed | None = None,
    keep: Path | None = None,
) -> Played:
    """Play a call like `play` on a line with an echo: its lag, in seconds or by the time of the call, and its path.

    The call's record is kept in the folder `keep`.
    """
    since = lag if callable(lag) else lambda _: lag
    return run_virtual(_play(config, _Echoing(spoken(*parts), since, changed or at_level(-15)), seconds, keep))


async def _play(config: Config, caller: _Echoing, seconds: float, keep: Path | None) -> Played:
    loop, recorder = asyncio.get_running_loop(), Recorder()
    told: list[tuple[float, Event]] = []
    with closing(recorder):
        async with Agent.open(config) as agent:
            record = recorder.open(RecordSettings(folder=str(keep or "")), CALL_SID, loop.time(), config)
            line = Line(loop, record=record)
            caller.playback, caller.start = line.playback, line.start
            watch = lambda at, event: told.append((at - line.start, event))  # noqa: E731
            call, chain = await converse(agent, line, caller, seconds, watch)
            return Played(call, chain, line.playback, told, line.messages)


def with_speech(config: Config) -> Config:
    """Return a config whose voice is a `SpeechVoice`."""
    steps = [
        msgspec.structs.replace(step, kind=SpeechVoice, settings=SpeechVoice.Settings())
        if issubclass(step.kind, Voice)
        else step
        for step in config.steps
    ]
    return msgspec.structs.replace(config, steps=tuple(steps))
