"""Nods: words with which a listener shows that they follow, such as mm-hm, and which ask for no answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.text.normalise import UNSPACED, normalise
from pipeline.text.questions import since_question

SINCE = 3  # words that may have been heard since a question for it to be the last thing that was said


class Nods:
    """The nods of a call."""

    def __init__(self, phrases: Iterable[str]) -> None:
        words = sorted({re.escape(plain) for each in phrases if (plain := normalise(each))}, key=len, reverse=True)
        one, joint = f"(?>{'|'.join(words)})", f"(?: |(?<={UNSPACED}))"
        self._all = re.compile(f"{one}(?:{joint}{one})*") if words else None

    def are(self, text: str) -> bool:
        """True if a text has words, and all of them are nods."""
        return self._all is not None and self._all.fullmatch(normalise(text)) is not None


def just_asked(heard: str) -> bool:
    """True if the words heard end with a question, or have at most three more (SINCE)."""
    since = since_question(heard)
    return since is not None and len(normalise(since).split()) <= SINCE
