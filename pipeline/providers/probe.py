"""A question to a provider before any call: will it serve this step?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from pipeline.faults import ProviderError


class Unserved(ProviderError):
    """A provider will not serve a step: what it said, and in `hint` what to do about it."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class Probe(msgspec.Struct, frozen=True):
    """The cheapest question that proves a step's account, address, and model or voice.

    It is asked with a deadline, beside all others, and cancelled at it; what it opens it closes. What takes long to
    import is imported before, as it would be taken from the deadline of all.
    """

    asked: str  # what for, e.g. he-IL voices
    of: tuple[Any, ...]  # whom, as whom, what: of equal ones, one is asked
    ask: Callable[[], Awaitable[str]]  # gives what came back, in a few words; raises Unserved
