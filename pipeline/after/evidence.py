"""The test of a value that a model took from a call: its words stand in the turns that it names.

A model that contradicts its own evidence does so at high confidence. A choice, a date or a time is the model's reading
of the words, and need not stand in them; names, numbers and addresses have to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.arguments.argument import ArgumentType
from pipeline.redaction.numbers import said_digits
from pipeline.text import normalise

READ: frozenset[ArgumentType] = frozenset(("one_of", "yes_no", "date", "time", "datetime"))
COUNTED: frozenset[ArgumentType] = frozenset(("number", "integer"))
DIALLED: frozenset[ArgumentType] = frozenset(("phone", "digits"))
LOCAL = 7  # last digits of a phone number: those before may have been left out, or put in its international form


def is_found(value: Any, kind: ArgumentType, said: Sequence[str]) -> bool:
    """True if a value of this type stands in these texts."""
    if kind in READ:
        return True
    if kind in COUNTED:
        return _counted(value, said)
    if kind in DIALLED:
        digits = re.sub(r"\D", "", str(value))
        return bool(digits) and digits[-LOCAL:] in "".join(map(said_digits, said))
    known = normalise(" ".join(said)).replace(" ", "")
    words = [word for each in (value if isinstance(value, list) else [value]) for word in _words(str(each))]
    return bool(words) and all(word in known for word in words)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normalise(text))


def _counted(value: Any, said: Sequence[str]) -> bool:
    """True if a number's digits stand in the texts; zeros do not count, as `two million` has none."""
    digits = re.sub(r"\D", "", f"{value:f}" if isinstance(value, float) else str(value)).replace("0", "")
    spoken = "".join(map(said_digits, said))
    return digits in spoken.replace("0", "") if digits else "0" in spoken
