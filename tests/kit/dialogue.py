"""A dialogue with a model whose replies are written down."""

from __future__ import annotations

from typing import Any

from pipeline.frames import AgentSpeaking, ReplyText, Transcript
from pipeline.testing import run
from processors.llm.script import ScriptDialogue

ON, OFF = AgentSpeaking(True), AgentSpeaking(False)


def script(*say: str, delay: float = 0.0, gap: float = 0.0, **changed: Any) -> ScriptDialogue:
    return ScriptDialogue(ScriptDialogue.Settings(say=list(say), delay=delay, gap=gap, **changed))


def asked(turn: int = 0, text: str = "what now") -> Transcript:
    return Transcript(turn, text)


def heard(text: str) -> list[float | AgentSpeaking]:
    return [0.1, ON, AgentSpeaking(False, text)]


def said(dialogue: ScriptDialogue, inputs: list[Any], turn: int = 0, language: str = "en-US") -> list[str]:
    return [it.text for it in run(dialogue, inputs, turn, language) if isinstance(it, ReplyText)]


def lines(dialogue: ScriptDialogue) -> list[tuple[str, str]]:
    return [(it.role, it.text) for it in dialogue.history]
