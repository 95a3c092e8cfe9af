"""Compare the caller's words with the vocabulary of a config's recogniser."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.asr import Recognizer, Vocabulary
from pipeline.config import Config
from pipeline.faults import clipped
from pipeline.phone.script import Action, words

SHOWN = 12  # phrases that are listed
LONGEST = 80  # characters of a phrase


def vocabulary(config: Config) -> tuple[str, Vocabulary] | None:
    """Return the word of a config's recogniser, and its vocabulary; None if it recognises any words."""
    for step in config.steps:
        if issubclass(step.kind, Recognizer) and (found := step.kind.vocabulary(step.settings)) is not None:
            return step.word, found
    return None


def heard(config: Config) -> str:
    """Return a sentence on the closed list that a config's recogniser hears; empty if it recognises any words."""
    if (found := vocabulary(config)) is None:
        return ""
    word, known = found
    more = len(known.phrases) - SHOWN
    listed = "; ".join(clipped(phrase, LONGEST) or "(no words)" for phrase in known.phrases[:SHOWN])
    listed += f"; and {more} more" if more > 0 else ""
    if known.fixed:
        return f"this config's recogniser ({word}) hears fixed texts, one a turn, whatever is said: {listed}"
    return f"this config's recogniser ({word}) hears only these phrases: {listed}"


def doubts(config: Config, actions: Sequence[Action]) -> list[str]:
    """Return the reasons why texts that the caller says will not be heard as they are said."""
    found = vocabulary(config)
    said = words(actions) if found is not None else []
    return list(dict.fromkeys(doubt for text in said if found is not None and (doubt := found[1].doubt(text))))


def advice(config: Config, actions: Sequence[Action]) -> list[str]:
    """Return a sentence on the recogniser's list and its misfit to the caller's texts; empty if all fit."""
    reasons = doubts(config, actions)
    return [f"{heard(config)}; {', '.join(reasons)}"] if reasons else []
