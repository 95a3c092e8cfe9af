"""A scene: one call with a script, played in virtual time, and the figures of it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from hashlib import md5
from typing import Any

from benchmarks.turns import sounds
from benchmarks.turns.book import Book
from benchmarks.turns.clips import Samples
from benchmarks.turns.ears import Ears
from benchmarks.turns.echo import Echo
from benchmarks.turns.line import PhoneLine, Steps
from pipeline.agent import Agent
from pipeline.config import Config
from pipeline.events import Event
from pipeline.loop.virtual import run_virtual
from pipeline.phone.virtual_line import converse

NOISE = 8.0  # seconds of the line's noise, over and over

Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene of a row of the table. `seed` names it; `variant` is the form of the config that it is played through."""

    row: str
    seed: str
    echo: Echo | None = None
    variant: str = ""
    label: str = ""  # the name of its clip, where that is told

    @abstractmethod
    def script(self, line: PhoneLine, figures: Figures) -> Steps:
        """Play the scene; what is only known meanwhile goes into the figures."""

    @abstractmethod
    def replies(self, book: Book) -> list[str]:
        """Return the agent's replies, one for each question."""

    @abstractmethod
    def measure(self, ears: Ears, book: Book, figures: Figures) -> None:
        """Add to the figures what was heard."""


def play(config: Config, scene: Scene, book: Book) -> Figures:
    """Play a scene through a config with stand-ins, and return its figures: numbers, texts and lists of them."""
    return run_virtual(_play(config, scene, book))


async def _play(config: Config, scene: Scene, book: Book) -> Figures:
    figures: Figures = {"label": scene.label}
    sid = "CA" + md5(f"{scene.row} {scene.seed}".encode()).hexdigest()
    async with Agent.open(config) as agent:
        line = PhoneLine(asyncio.get_running_loop(), sid, scene.replies(book), line_noise(), scene.echo)
        line.script = scene.script(line, figures)
        await converse(agent, line, line.sound, float("inf"), _no_watch)
    scene.measure(Ears(line), book, figures)
    return figures


def _no_watch(at: float, event: Event) -> None:
    """Take no notice of an event: only the sound of a call counts."""


@lru_cache(1)
def line_noise() -> Samples:
    """Return the noise of a quiet line."""
    return sounds.at_level(sounds.white(NOISE, "line"), sounds.LINE)
