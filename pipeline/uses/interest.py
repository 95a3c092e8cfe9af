"""The interest of the caller in the result of a look-up, once they have said something else."""

from __future__ import annotations

from pipeline.text import normalise

FEW = 3  # words: fewer, such as "hello?" or "are you there?", are no new question


def asks_anew(text: str) -> bool:
    """True if the caller's words ask something new, so that they no longer wait for what they asked before."""
    return len(normalise(text).split()) > FEW
