"""A tool: one thing that an agent can do besides talk, and the whole interface that a tool's author needs.

    class Weather(Tool):
        "Tells the weather of a city."

        class Settings(ToolSettings, frozen=True, kw_only=True):
            url: Annotated[str, doc("Address of the service.")]

        settings: Settings

        async def use(self, arguments: dict[str, Any], call: View) -> Result:
            return Result({"sky": "clear"})

The YAML words of tools are the modules of `abilities`, as those of steps are the modules of `processors`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar

import msgspec

from pipeline.arguments import Arguments
from pipeline.frames import Collect, Control, Handover, Keys
from pipeline.keypad import Occupied
from pipeline.providers.breaker import Breaker
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import phrase
from pipeline.transfer import Destination

if TYPE_CHECKING:
    from pipeline.call import Call
    from pipeline.memory import Memory
    from pipeline.providers.probe import Probe

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$", extra={"looks": "a name such as find_listings"})]


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


class Tool:
    """One tool of an agent, shared by all its calls: `use` may not keep the state of one.

    An instance is made when the agent is opened. `use` runs as a task that no voice of the caller ends; its timeout
    does. Where nothing may be done, `rehearse` is asked instead: in every verb but `serve`.
    """

    Settings: ClassVar[type[ToolSettings]] = ToolSettings
    steps: ClassVar[tuple[str, ...]] = ()  # words or capabilities of steps that the pipeline must have, e.g. "keys"
    asks: ClassVar[bool] = False  # True if it waits for the caller: its reply ends with `say`, and `slow` is not said
    ends: ClassVar[bool] = False  # its success ends the agent's part: refused while the caller is owed an answer
    effect: ClassVar[bool] = False  # True if it changes the world, unless `settings.effect` says otherwise
    outside: ClassVar[str] = ""  # a dependency that virtual time cannot simulate, e.g. "the network"; blank: none
    imports: ClassVar[tuple[str, ...]] = ()  # slow libraries, imported in a thread before `share`
    recorded: ClassVar[bool] = True  # True if a replay takes its answers from the record; False: it is used again

    settings: ToolSettings
    shared: Any
    name: str  # by which the model asks for it
    about: str
    arguments: Arguments
    destinations: Mapping[str, Destination] = {}  # those to whom it can transfer a caller, by name
    where: str = ""  # its place in the YAML, for messages

    def __init__(self, settings: ToolSettings, shared: object = None) -> None:
        self.settings, self.shared = settings, shared
        self.name, self.about = settings.name, settings.about
        self.arguments = Arguments({})
        self.breaker = Breaker(type(self).__name__)  # shared by all calls: it rests after three failures in a row

    @classmethod
    def offered(cls, settings: Any, shared: Any, word: str) -> Iterable[Tool]:
        """Return the tools that an item of `tools` makes: by default one, named by its setting or its word.

        A check of the config asks, too, with None for `shared`. Raise WordError, with a place in the code as its hint,
        if they cannot be made.
        """
        tool = cls(settings, shared)
        tool.name = tool.name or word.rpartition(".")[2]
        return (tool,)

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, language: str) -> AsyncIterator[Any]:
        """Open the resources that all uses share, before the first call; close them after the last."""
        yield None

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        """Return the fixed sentences that may be said for it, so that their sound can be synthesised in advance."""
        slow = settings.slow or [phrase(name, language) for name in SLOW]
        return (*settings.say, *slow, *((settings.done,) if settings.done else ()))

    @classmethod
    def changes(cls, written: Collection[str]) -> bool:
        """True if an item with these settings, of which only the names are known, is an effect."""
        return cls.effect

    @classmethod
    def code(cls, settings: Any) -> Path | None:
        """Return the file of Python that it runs, whose module is then the `shared` of `offered`; None if it has none.

        The file runs when a config is read, once for each content of it, so that calls under way keep the old one.
        """
        return None

    @classmethod
    def probe(cls, settings: Any, language: str) -> Probe | None:
        """Return the request that `check --online` makes of its provider; None if it has none."""
        return None

    @classmethod
    def sample(cls, settings: Any) -> Any:
        """Return what a stand-in for its service answers with `--stand-ins`; None if it asks no service."""
        return None

    @classmethod
    def pointed(cls, settings: Any, url: str) -> Any:
        """Return the settings with this address, of a stand-in on loopback, in the place of its service's."""
        return settings

    def sentences(self, language: str) -> list[str]:
        """Return the sentences of which one is said when it is asked for, if the model has said nothing."""
        return self.settings.say

    @property
    def is_effect(self) -> bool:
        """True if a use changes the world."""
        return self.effect if self.settings.effect is None else self.settings.effect

    @property
    def collects(self) -> tuple[str, ...]:
        """The names under which it keeps values for the texts of all tools."""
        return ()

    def rescue(self, memory: Memory) -> Handover | None:
        """Return the transfer of a caller whom the agent gives up, instead of hanging up; None if there is nobody."""
        return None

    async def known(self) -> None:
        """Return once it is known what it takes; at once, unless another service has to tell it."""

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        """Do it, with checked arguments.

        Raise ToolFailed, ToolRefused or ToolUnknown with a sentence for the model; any other error is a fault of the
        tool, which the model is told in general words. Cancelled at its timeout.
        """
        raise NotImplementedError

    def rehearse(self, arguments: dict[str, Any]) -> Result:
        """Return the result that it would have; nothing is done. By default that of an effect which worked."""
        return Result({"rehearsed": True})
