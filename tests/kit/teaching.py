"""Recorded calls of callers who end their turns in one way, and pause inside them in another."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from pipeline import audio, cli
from pipeline.config import Config
from pipeline.records.reader import folders
from pipeline.testing import play
from tests.kit.prosody import glide

ANSWER = 4.5  # seconds after a turn: the answer has been heard
TURNS = 6  # of a call
Part = tuple[float, bytes]  # seconds from the call's start, PCM


class Lesson(NamedTuple):
    """A recorded call and its truth: the lengths of the pauses inside turns, and the number of turns."""

    folder: Path
    pauses: list[float]
    turns: int


def recorded(config: Config, parts: list[Part], seconds: float, keep: Path) -> Path:
    """Play a call, and return the folder of its record."""
    play(config, parts, seconds, keep=keep)
    (found,) = folders(keep)
    return found


def turn(at: float, pauses: Iterable[float], random: np.random.Generator, rises: bool) -> tuple[list[Part], float]:
    """The phrases of a turn with these pauses between them, and its end.

    Phrases before a pause stay up and the last one falls and fades, or if it `rises` the other way round.
    """
    parts: list[Part] = []
    for length in (*pauses, 0.0):
        low, seconds = float(random.uniform(100, 130)), round(float(random.uniform(0.9, 1.4)), 1)
        falls = (length == 0.0) != rises
        parts.append((round(at, 2), glide(low * 1.4, low, seconds, 8.0) if falls else glide(low, low * 1.4, seconds)))
        at += seconds + length
    return parts, at


def lesson(config: Config, number: int, rises: bool, keep: Path) -> Lesson:
    """Play and record a call of turns of two or three phrases; some pauses are longer than the agent waits."""
    random, at = np.random.default_rng(number), 1.0
    parts, pauses = list[Part](), list[float]()
    for _ in range(TURNS):
        lengths = [round(float(each) * 50) / 50 for each in random.uniform(0.26, 0.9, random.integers(1, 3))]
        more, at = turn(at, lengths, random, rises)
        parts, pauses, at = parts + more, pauses + lengths, at + ANSWER
    return Lesson(recorded(config, parts, at, keep / str(number)), pauses, TURNS)


def lessons(config: Config, count: int, rises: bool, keep: Path) -> list[Lesson]:
    """Play and record some calls."""
    return [lesson(config, number, rises, keep) for number in range(count)]


def learn(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run `learn` with one process; return its exit code, output and errors."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["learn", *map(str, arguments), "--jobs", "1"])
    return int(ended.value.code or 0), *capsys.readouterr()


def silent(seconds: float) -> bytes:
    """PCM of silence."""
    return bytes(2 * round(seconds * audio.RATE))
