"""The tests of a `*.test.yaml` file, each with its config, the caller's actions and the expectations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Config
from pipeline.faults import Place
from pipeline.phone.script import Action, Dtmf, Pcm
from pipeline.tools.configtest.expect import Expectation
from pipeline.tools.configtest.patterns import Moment


class Wire(Action, frozen=True):
    """Send a message on the stream that Twilio might not send."""

    data: bytes


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """An action of the caller: after the one before, at a time, or `by` seconds after an event."""

    place: Place
    what: str  # as it is written, for the event log
    action: Action
    at: float | None = None
    after: Moment | None = None
    by: float = 0.0


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One test."""

    name: str
    place: Place
    config: Config
    send: tuple[Send, ...]
    expect: tuple[Expectation, ...]

    @property
    def stimulates(self) -> bool:
        """True if the caller does more than wait and hang up."""
        return any(isinstance(each.action, Pcm | Dtmf | Wire) for each in self.send)


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of one file."""

    path: Path
    cases: tuple[Case, ...]
    files: frozenset[Path]  # all files that they were read from


def named(value: Any) -> frozenset[Path]:
    """Return all paths in a value, at any depth of structs, dicts, lists and tuples."""
    if isinstance(value, Path):
        return frozenset({value})
    if isinstance(value, msgspec.Struct):
        return named([getattr(value, name) for name in value.__struct_fields__])
    if isinstance(value, dict):
        return named(list(value.values()))
    return frozenset().union(*map(named, value)) if isinstance(value, list | tuple) else frozenset()
