"""Addresses of steps from outside their pipeline: `vad`, `vad.energy`, or `dedup[2]` for the second of several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.catalog import capability
from pipeline.faults import FaultFound, Place, clipped, did_you_mean

_ADDRESS = re.compile(r"(.*?)(?:\[([0-9]{1,3})\])?")


def is_named(word: str, address: str) -> bool:
    """True if an address, without its number, is this word or its capability."""
    parts = _ADDRESS.fullmatch(address)
    return (parts[1] if parts else address) in (word, capability(word))


def numbered(words: Sequence[str], address: str, at: Place) -> int:
    """Return the index of the one word that an address names, whole or by its capability; raises FaultFound."""
    parts = _ADDRESS.fullmatch(address)
    name, number = (parts[1], parts[2]) if parts else (address, None)
    found = [index for index, word in enumerate(words) if word == name]
    found = found or [index for index, word in enumerate(words) if capability(word) == name]
    if number is not None and 0 < int(number) <= len(found):
        return found[int(number) - 1]
    if number is None and len(found) == 1:
        return found[0]
    if not found:
        known = [*words, *map(capability, words)]
        raise FaultFound(at, f"no step `{clipped(name)}` in the pipeline", did_you_mean(name, known))
    ways = " or ".join(f"`{name}[{each}]`" for each in range(1, len(found) + 1))
    raise FaultFound(at, f"`{name}` stands {len(found)} time{'s' * (len(found) > 1)} in the pipeline", f"say {ways}")
