"""Voices that are tones, and what they were heard to say."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipeline import audio
from pipeline.frames import (
    AudioEnded,
    AudioOut,
    ReplyEnded,
    ReplyText,
)
from pipeline.testing import run
from pipeline.tts import Voice, VoiceSettings
from pipeline.tts.shared import SharedVoice
from processors.tts.tone import ToneVoice

END = ReplyEnded(0)


def tone(shared: float | SharedVoice | None = None, **changed: Any) -> ToneVoice:
    return ToneVoice(ToneVoice.Settings(**changed), shared or SharedVoice(None))


def text(words: str, turn: int = 0) -> ReplyText:
    return ReplyText(turn, words)


def spoken(out: list[Any]) -> dict[str, float]:
    """Each text that was spoken, and the seconds of its sound."""
    lengths: dict[str, Any] = {}
    for it in out:
        if isinstance(it, AudioOut):
            lengths[it.text] = lengths.get(it.text, 0.0) + audio.seconds(it.pcm)
    return lengths


class Faulty(Voice):
    """Gives so much sound, so often, and fails with the rest."""

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        fails: int = 99  # so many times
        gives: int = 0  # bytes, before it fails
        quietly: bool = False  # it ends instead of failing

    settings: Settings

    def begin(self) -> None:
        self.tries = 0

    async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
        self.tries += 1
        if self.tries > self.settings.fails:
            yield b"\1\0" * 800
            return
        if self.settings.gives:
            yield b"\2\0" * (self.settings.gives // 2)
        if not self.settings.quietly:
            raise OSError("no network")


def sound(voice: Faulty, words: str = "Hello.") -> bytes:
    out = run(voice, [text(words), END, 1.0])
    assert out[-1] == AudioEnded(0)
    return b"".join(it.pcm for it in out if isinstance(it, AudioOut))


GOOD = b"\1\0" * 800


class Counted(ToneVoice):
    """Counts what it is asked for."""

    asked: list[str] = []

    async def synthesize(self, text: str) -> AsyncGenerator[Any, None]:
        self.asked.append(text)
        async for pcm in super().synthesize(text):
            yield pcm


@asynccontextmanager
async def shared(settings: Any, phrases: tuple[str], kind: Any = Counted) -> AsyncIterator[Any]:
    async with kind.share(settings, phrases, "en-US") as it:
        yield it
