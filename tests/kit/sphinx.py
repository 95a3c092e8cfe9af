"""The words that the pool of recognisers knows in tests, and the pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from pipeline import audio
from processors.asr.pocketsphinx import pool as sphinx

pytest.importorskip("pocketsphinx")
ROOT = Path(__file__).parents[2]
WORDING = sphinx.Grammar(
    phrases=[
        "[hello | hi] i am looking for (an apartment | a house) [in {city}]",
        "[i want] {rooms} rooms [please]",
        "(no wait | wait | no) {rooms} rooms",
        "[in] {city} [please]",
        "[about | up to] {budget} [shekels]",
        "my name is {name}",
        "{day} at {hour}",
        "(yes | yeah | okay)",
        "(no | no thank you)",
        "(wait | one moment | hold on)",
        "([please] repeat that | say that again)",
        "(thank you | thanks) [goodbye | bye]",
        "(goodbye | bye)",
    ],
    slots={
        "rooms": ["two", "three", "four", "five"],
        "city": ["tel aviv", "haifa", "jerusalem", "netanya"],
        "budget": ["one million", "two million", "three million"],
        "name": ["david", "daniel", "sarah", "rachel", "michael"],
        "day": ["today", "tomorrow", "on sunday"],
        "hour": ["four", "five", "six"],
    },
    pronunciations={"netanya": "N AH T AA N Y AH"},
)


@asynccontextmanager
async def listening(workers: int = 2, wording: sphinx.Grammar = WORDING) -> AsyncIterator[sphinx.SphinxPool]:
    """A pool that is ready, closed at the end."""
    pool = sphinx.SphinxPool(wording, workers)
    pool.start()
    try:
        await pool.ready()
        yield pool
    finally:
        await pool.close()


def on_the_line(path: Path, decibels: float = 0, late: int = 0) -> bytes:
    """A recording as a call brings it: some samples late, silence around it, faint noise, mu-law there and back."""
    sound = np.frombuffer(audio.read_wav(path), "<i2") * 10 ** (decibels / 20)
    quiet = np.random.default_rng(late).normal(0, 8, late + 1600 + sound.size + 4000)
    quiet[late + 1600 : late + 1600 + sound.size] += sound
    return audio.decode(audio.encode(np.clip(quiet, -32768, 32767).astype("<i2").tobytes()))


def recording(name: str, decibels: float = 0, late: int = 0) -> bytes:
    return on_the_line(ROOT / f"configs/demo/{name}.wav", decibels, late)


def ears(pool: sphinx.SphinxPool, *sounds: bytes) -> asyncio.Future[list[tuple[str, float]]]:
    return asyncio.gather(*(pool.hear(sound) for sound in sounds))
