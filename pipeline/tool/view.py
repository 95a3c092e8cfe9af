"""The call as a tool sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.frames import Collect, Keys
from pipeline.keypad import Occupied
from pipeline.tool.outcome import ToolRefused

if TYPE_CHECKING:
    from pipeline.call import Call


class View:
    """The call as a tool sees it."""

    def __init__(self, call: Call, key: str, deadline: float) -> None:
        self._call = call
        self.key = key  # the same for repetitions of the same use: an Idempotency-Key
        self.deadline = deadline  # loop time by which it has to be done

    @property
    def sid(self) -> str:
        """The call's sid."""
        return self._call.sid

    @property
    def turn(self) -> int:
        """The caller's turn in which a tool was asked for last."""
        return self._call.memory.uses[-1].turn if self._call.memory.uses else 0

    @property
    def started(self) -> float:
        """Loop time at which the call began."""
        return self._call.started

    @property
    def caller(self) -> str:
        """The caller's number, as the line has it; blank if withheld. It proves nothing: it can be forged."""
        return self._call.caller

    @property
    def called(self) -> str:
        """The number that was called."""
        return self._call.called

    @property
    def language(self) -> str:
        """The call's language, a BCP 47 tag."""
        return self._call.language

    @property
    def facts(self) -> dict[str, Any]:
        """The facts collected in the call so far, by name; a copy."""
        return dict(self._call.memory.facts)

    @property
    def secrets(self) -> dict[str, str]:
        """The caller's secret entries, such as typed digits, by name; a copy."""
        return dict(self._call.memory.secrets)

    async def collect(
        self, most: int, *, end: str = "#", first: float = 8.0, secret: bool = False, name: str = "", again: str = ""
    ) -> Keys:
        """Let the caller type up to `most` keys, and return the entry once it is over; without digits if none came.

        The first key has `first` seconds, from the end of the agent's sentence; then `again` is said, and as long
        waited once more. Digits of a `secret` entry are bullets in it, and are kept in `secrets` under `name`. No voice
        of the caller ends the wait; to cancel it does. Raises ToolRefused if no keys can be taken.
        """
        if self._call.chain is None:
            raise ToolRefused("the call has no chain")
        try:
            return await self._call.keypad.collect(Collect(most, end, first, secret, name, again), self._call.chain)
        except Occupied as error:
            raise ToolRefused(str(error)) from None
