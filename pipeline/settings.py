"""What a step's settings are declared with: their base class, a sentence and bounds for each field, and its types."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Secret(str):
    """Text that prints as `•••`; `reveal` gives what it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"

    def __str__(self) -> str:
        return "•••"

    def __format__(self, how: str) -> str:
        return format("•••", how)

    def reveal(self) -> str:
        """The text itself."""
        return str.__str__(self)


Duration = Annotated[float, Meta(extra={"kind": "duration"})]
"""Seconds, written with a unit: `300ms`, `0.48s`, `2min`, `1h`."""

FilePath = Path
"""A file that exists, written relative to the config that names it."""


def doc(
    text: str,
    low: float | None = None,
    high: float | None = None,
    *,
    some: bool = False,
    sample: Any = None,
    deprecated: str = "",
) -> msgspec.Meta:
    """What a setting is for, in one sentence, with its least and greatest value.

    `some`: a list must not be empty. `sample` is what examples and starters set it to. `deprecated` is what to write
    instead; whoever still writes it is warned.
    """
    extra = {"deprecated": deprecated} if deprecated else None
    samples = None if sample is None else [sample]
    if some:
        return msgspec.Meta(description=text, min_length=1, examples=samples, extra=extra)
    return msgspec.Meta(description=text, ge=low, le=high, examples=samples, extra=extra)


class StepSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a step's YAML may set: each field annotated with its type, bound, unit and one line of doc."""

    def faults(self) -> Iterable[tuple[str, str]]:
        """Rules that span fields: pairs of a field, or a part of it such as `intents[3]`, and what is wrong with it."""
        return ()

    def lacks(self) -> Iterable[tuple[str, str]]:
        """What a config may be checked without, but not started: pairs of a field's name and why."""
        return ()

    def doubts(self) -> Iterable[tuple[str, str]]:
        """What works and should not stay so: pairs of a field's name and why; a variable may leave the field blank."""
        return ()
