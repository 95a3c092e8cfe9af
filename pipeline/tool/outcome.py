"""The outcome of a use, as a tool gives it: its result, or an error for the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.frames import Control

if TYPE_CHECKING:
    pass


class ToolFailed(Exception):
    """A use failed; the text is told to the model, in a sentence that it can act on."""


class ToolRefused(ToolFailed):
    """A use was not begun, and nothing was done: the text says the reason."""


class ToolUnknown(ToolFailed):
    """It is unknown whether the effect was done: an answer did not come."""


class Result(msgspec.Struct, frozen=True):
    """The result of a use: JSON data told to the model, facts for the memory, rights granted by it."""

    data: Any = None
    facts: dict[str, Any] = {}
    grants: tuple[str, ...] = ()
    last: bool = False  # the reply ends here: the model is not asked to go on, e.g. after `hang_up`
    then: Control | None = None  # raised once the reply has been heard to its end, unless the caller goes on
