"""A probe: one cheap request that proves, before any call, that a provider will serve a step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from pipeline.faults import ProviderError


class Unserved(ProviderError):
    """A provider refused a probe: `text` is its answer, `hint` the remedy; blank if none is known."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class Probe(msgspec.Struct, frozen=True):
    """The cheapest request that proves a step's account, address, and model or voice.

    All probes run at once under one deadline and are cancelled at it; each closes the connections it opened. Slow
    libraries are imported when the probe is made, before the deadline starts.
    """

    asked: str  # the subject, e.g. he-IL voices
    of: tuple[Any, ...]  # server, account and subject: of probes with equal ones, one is sent
    ask: Callable[[], Awaitable[str]]  # sends it; returns the answer in a few words, raises Unserved
