"""Workers that count, and what they were heard to say."""

from __future__ import annotations

from pipeline.frames import Frame, Transcript
from pipeline.testing import run
from pipeline.worker import Worker


def work(name: str, upto: int, turn: int = 0) -> Transcript:
    return Transcript(turn, name, True, "", upto)


def marks(worker: Worker, inputs: list[Frame | float], turn: int = 0) -> list[str]:
    return [it.name for it in run(worker, inputs, turn=turn)]
