"""The interest of the caller in the result of a look-up, once they have said something else."""

from __future__ import annotations

import re

from pipeline.text import normalise
from pipeline.text.normalise import UNSPACED

FEW = 3  # words: no more, such as "hello?" or "are you there?", are no new question
SIGNS = 2  # of a script without spaces, in place of a word

_sign = re.compile(UNSPACED)


def asks_anew(text: str) -> bool:
    """True if the caller's words ask something new, so that they no longer wait for what they asked before."""
    signs = len(_sign.findall(words := normalise(text)))
    return len(_sign.sub(" ", words).split()) + signs / SIGNS > FEW
