"""The settings that all tools have, and the mark of a function that is a tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec

from pipeline.settings import Duration, StepSettings, doc

if TYPE_CHECKING:
    pass


SLOW = ("slow", "slower")  # fixed phrases that are said while a use takes long


OF_CALL = ("call.sid", "call.caller", "call.called", "call.language")  # places that every tool's texts may have


class ToolSettings(StepSettings, frozen=True, kw_only=True):
    """The settings that all tools have."""

    name: Annotated[str, doc("Name by which the model asks for it, e.g. find_listings; default: the tool's word.")] = ""
    about: Annotated[str, doc("When to use it, told to the model.")] = ""
    say: Annotated[list[str], doc("Said when it is asked for, one after the other.")] = []
    slow: Annotated[list[str], doc("Said while it takes long; default: by language.")] = []
    timeout: Annotated[Duration, doc("How long it may take.", 0.05, 600)] = 8.0
    effect: Annotated[bool, doc("It changes something; unset: as its kind does.")] | None = None
    hold: Annotated[Duration, doc("How long an effect waits, in which the caller's voice withdraws it.", 0, 10)] = 0.4
    once: Annotated[
        Literal["call", "turn", "no"], doc("Where the same effect with the same arguments is done once.")
    ] = "call"
    idempotent: Annotated[bool, doc("To do it twice does no harm: it is tried again after a failure.")] = False
    confirm: Annotated[str, doc("Read back to the caller before an effect, with {places}; blank: it is not.")] = ""
    done: Annotated[str, doc("Said if an effect was done and the model fails after it.")] = ""
    needs: Annotated[list[str], doc("Rights that it needs, which other tools grant.")] = []
    grants: Annotated[list[str], doc("Rights that its success grants for the rest of the call.")] = []
    most: Annotated[int, doc("Uses in a call.", 1, 1000)] = 10
    hide: Annotated[list[str], doc("Arguments and fields of its result that no log, record or page shows.")] = []
    max_result: Annotated[int, doc("Most characters of its result, as told to the model.", 100, 100_000)] = 4000
    ahead: Annotated[bool, doc("It may be asked while the caller's turn is not yet over; reads only.")] = False
    finish: Annotated[Duration, doc("How long it may go on after the call's end, if it is an effect.", 0, 60)] = 10.0

    def templates(self) -> Iterable[tuple[str, str]]:
        """Return the texts with {places}, each with its place in the settings, such as `query.city`."""
        return (("confirm", self.confirm),) if self.confirm else ()


Function = TypeVar("Function", bound=Callable[..., Any])


def tool(**settings: Any) -> Callable[[Function], Function]:
    """Declare settings of a function that a config names as a tool, such as `effect=True`: those of ToolSettings.

    A list may be one text, a duration is in seconds. Raises TypeError for an unknown setting or a value that does not
    fit.
    """
    lists: dict[str, Any] = {
        name: [it] if isinstance(it, str) and name in _LISTS else it for name, it in settings.items()
    }
    try:
        msgspec.convert(msgspec.to_builtins(ToolSettings(**lists)), ToolSettings)
    except msgspec.ValidationError as error:
        raise TypeError(str(error)) from None

    def declare(function: Function) -> Function:
        function.tool = lists  # type: ignore[attr-defined]
        return function

    return declare


_LISTS = ("say", "slow", "needs", "grants", "hide")
