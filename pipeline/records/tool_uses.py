"""The uses of a call's tools, derived from its events; hidden arguments and results are bullets in them already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pipeline.events import ToolExchange
from pipeline.frames import Handover


class ToolUse(msgspec.Struct):
    """One use of a tool; times are moments. One that was never begun ends as it begins."""

    number: int
    name: str
    began: float
    arguments: str = ""  # JSON
    ended: float | None = None  # None: it was under way when the call ended
    outcome: str = ""
    result: str = ""  # told to the model, JSON
    error: str = ""  # class of the error that ended it
    rehearsed: bool = False
    facts: dict[str, Any] = {}  # that it has given
    grants: tuple[str, ...] = ()  # rights that it has granted, besides those of its settings

    @property
    def seconds(self) -> float:
        """The time that it took; 0 while it is under way."""
        return 0.0 if self.ended is None else self.ended - self.began


class ToolUses:
    """The uses of one call in the order in which they were asked for, the facts that they have given, and the transfer.

    `takes` has a function for each name of an event that counts.
    """

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.transferred = ""  # the name of the person to whom the call went
        self._uses: dict[int, ToolUse] = {}
        self.takes: dict[str, Callable[[float, Any], None]] = {
            ToolExchange.name: self._exchange,
            Handover.__name__: self._handover,
        }

    @property
    def all(self) -> list[ToolUse]:
        """The uses."""
        return list(self._uses.values())

    def _handover(self, at: float, frame: Any) -> None:
        self.transferred = str(frame.to)

    def _exchange(self, at: float, told: Any) -> None:
        fields = vars(told) if not isinstance(told, msgspec.Struct) else msgspec.structs.asdict(told)
        name, number = str(fields.get("tool") or ""), int(fields["ask"])
        use = self._uses.setdefault(number, ToolUse(number, name, at, str(fields["to"]).removeprefix(f"{name} ")))
        if fields.get("after") is None:
            use.rehearsed = bool(fields.get("rehearsed"))
        elif (result := fields.get("got")) is not None:
            use.result, use.facts = str(result), fields.get("facts") or {}
            use.grants = tuple(fields.get("grants") or ())
            self.facts |= use.facts
        else:
            use.ended, use.outcome, use.error = at, str(fields.get("outcome") or ""), str(fields.get("error") or "")
