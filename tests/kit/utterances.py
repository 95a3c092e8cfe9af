"""Utterances, and the words that were recognised in them."""

from __future__ import annotations

from typing import Any

from pipeline.frames import Transcript, Utterance
from processors.asr.script import ScriptRecognizer


def utterance(turn: int = 0, voiced: float = 1.0) -> Utterance:
    return Utterance(turn, bytes(16000), 0.0, 1.0, voiced)


def script(*say: str, delay: float = 0.0) -> ScriptRecognizer:
    return ScriptRecognizer(ScriptRecognizer.Settings(say=list(say), delay=delay))


def texts(out: Any) -> list[tuple[int, str]]:
    return [(it.turn, it.text) for it in out if isinstance(it, Transcript)]
