"""The base class of tools."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.arguments import Arguments
from pipeline.frames import Handover
from pipeline.providers.breaker import Breaker
from pipeline.text import phrase
from pipeline.transfer import Destination

if TYPE_CHECKING:
    from pipeline.memory import Memory
    from pipeline.providers.probe import Probe

from pipeline.tool.outcome import Result
from pipeline.tool.settings import SLOW, ToolSettings
from pipeline.tool.view import View


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
