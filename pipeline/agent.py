"""An agent: a config whose steps are opened and ready to answer calls."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loguru import logger

from pipeline.after_call import AfterCall, AfterCalls, working
from pipeline.call import Call
from pipeline.catalog.spec import Step, fallbacks
from pipeline.catalog.tools import ToolItem
from pipeline.chain import Chain
from pipeline.events import TasksLate
from pipeline.faults import FAILURES, ConfigError, Fault, KavError
from pipeline.loop.exits import Exited, contained
from pipeline.loop.virtual import VirtualLoop
from pipeline.processor import Processor
from pipeline.providers.breaker import Breaker
from pipeline.tool import Tool
from pipeline.worker import Worker

if TYPE_CHECKING:
    from pipeline.config import Config

CLOSING = 2.0  # seconds that a call's tasks have to end
STUBBORN = 1.0  # seconds that an opening step has to end once it is cancelled


@dataclass(frozen=True)
class Opened:
    """A step of a config, with the object and the circuit breaker that its processors in all calls share."""

    step: Step
    shared: Any
    breaker: Breaker

    def processor(self, call: Call) -> Processor:
        """Create the step's processor for a call; an error of its constructor is a fault of the call, and raised."""
        with _Named(self.step, call):
            made = self.step.kind(self.step.settings, self.shared)
        made.where = self.step.where
        if isinstance(made, Worker):
            made.breaker = self.breaker
        return made


class Agent:
    """A config with the resources that its calls share: models, connection pools, the sound of fixed phrases.

    `opened` has for each place in the chain the step and its fallbacks, without those that could not be opened;
    `breakers` are those of all providers.
    """

    def __init__(
        self,
        config: Config,
        opened: tuple[tuple[Opened, ...], ...],
        breakers: tuple[Breaker, ...],
        tools: tuple[Tool, ...] = (),
    ) -> None:
        self.config = config
        self.opened = opened
        self.breakers = breakers
        self.tools = tools
        self.after_calls = AfterCalls()

    @classmethod
    @asynccontextmanager
    async def open(cls, config: Config, stuck: Callable[[KavError], None] | None = None) -> AsyncIterator[Agent]:
        """Open the shared resources of the steps and their fallbacks in the chain's order, then those of the tools.

        They are closed in reverse.

        They stay open until the work after the last call has ended. A step that is not open after the config's
        `server.open_timeout` has failed; `stuck` is called with the error if it does not even end when cancelled.
        A step that fails to open is left out if a fallback is open, and its breaker stays open. Raises ConfigError,
        with the step's place, if neither a step nor a fallback of it can be opened, or if a tool cannot; in virtual
        time, if a tool depends on the outside.
        """
        simulable(config.tools)
        said = [step.kind.phrases(step.settings, config.language) for step in config.steps]
        said += [it.phrases(it.settings, config.language) for item in config.tools for it in item.tools()]
        phrases = tuple(dict.fromkeys(phrase for some in said for phrase in some if phrase))
        async with AsyncExitStack() as stack:
            opening = _Opening(stack, phrases, config, stuck)
            opened = [await opening.place(step) for step in config.steps]
            tools = [tool for item in config.tools for tool in await opening.tools(item)]
            agent = cls(config, tuple(opened), tuple(opening.breakers), tuple(tools))
            stack.push_async_callback(agent.after_calls.worked)
            yield agent

    def answer(self, call: Call) -> Chain:
        """Create the chain of a call, with new processors; an error of a step is a fault of the call, and raised."""
        call.tools = self.tools
        steps = []
        for place in self.opened:
            step, *spares = [each.processor(call) for each in place]
            step.spares = tuple(spares)
            steps.append(step)
        return Chain(steps, call, call.loop, call.tapping)

    def after_call(self, chain: Chain, *, virtual: bool = False) -> AfterCall | None:
        """Start the work after a call that has ended; None if no step has any, and no tool is at work.

        `virtual`: in virtual time, in which steps that depend on the outside do none.
        """
        steps = [step for step in working(chain) if not (virtual and step.outside)]
        if not steps and not chain.call.lasting:
            return None
        work = AfterCall(chain, steps, self.config.server.after_call)
        self.after_calls.add(work)
        return work


class _Opening:
    """The opening of an agent's steps, one after the other."""

    def __init__(
        self, stack: AsyncExitStack, phrases: tuple[str, ...], config: Config, stuck: Callable[[KavError], None] | None
    ) -> None:
        self.stack, self.phrases, self.language = stack, phrases, config.language
        self.limit, self.stuck = config.server.open_timeout, stuck
        self.breakers: list[Breaker] = []

    async def place(self, step: Step) -> tuple[Opened, ...]:
        """Open a step and its fallbacks, and return those that could be opened; raises ConfigError if none could."""
        opened: list[Opened] = []
        steps = (step, *fallbacks(step))
        for each in steps:
            phrases = () if opened else self.phrases
            share = each.kind.share(each.settings, phrases, self.language)
            breaker = self._breaker(each)
            try:
                async with self._limited(each):
                    # Some libraries take seconds to import. A server that reloads has calls: it imports in a thread.
                    await asyncio.to_thread(_import, each.kind.imports)
                    opened.append(Opened(each, await self.stack.enter_async_context(share), breaker))
            except (*FAILURES, Exited) as error:
                if not opened and each is steps[-1]:
                    raise _unopened(each, error) from error
                breaker.give_up()
                logger.warning("BREAKER {} {} at {}: {}", each.word, breaker.state, each.where, error)
        return tuple(opened)

    async def tools(self, item: ToolItem) -> tuple[Tool, ...]:
        """Open an item of `tools` and make its tools. Raises ConfigError if that fails."""
        try:
            async with self._limited(item):
                await asyncio.to_thread(_import, item.kind.imports)
                share = item.kind.share(item.settings, self.language)
                return item.tools(await self.stack.enter_async_context(share))
        except (*FAILURES, Exited) as error:
            raise _unopened(item, error) from error

    @asynccontextmanager
    async def _limited(self, step: Step | ToolItem) -> AsyncIterator[None]:
        """Raise KavError if the block, which opens a step, takes longer than `open_timeout`; add the step's place."""
        late = KavError(f"is not open after {self.limit:g} s (`server.open_timeout`)")
        loop = asyncio.get_running_loop()
        stuck = self.stuck or (lambda _: None)
        timer = loop.call_later(self.limit + STUBBORN, stuck, _unopened(step, late))
        limit = asyncio.timeout(self.limit)
        try:
            with _Named(step):
                async with limit:
                    yield
        except TimeoutError as error:
            if limit.expired():
                raise late from error
            raise
        finally:
            timer.cancel()

    def _breaker(self, step: Step) -> Breaker:
        if not issubclass(step.kind, Worker):
            return Breaker(step.word)
        breaker = Breaker(step.word, step.kind.trips)
        self.breakers.append(breaker)
        return breaker


class _Named:
    """Adds a note with the step's place to any error raised inside the block, and counts it as a fault of the call.

    An exception that would have ended the process, or a task that was not cancelled, is raised as Exited.
    """

    def __init__(self, step: Step | ToolItem, call: Call | None = None) -> None:
        self.step, self.call = step, call

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, KeyboardInterrupt) or _is_cancelled(error):
            return
        found = contained(error)
        found.add_note(f"in the step at {self.step.where}")
        if self.call is not None:
            self.call.fault(found, f"{self.step.kind.__name__} ({self.step.where})")
        if found is not error:
            raise found from None


def _is_cancelled(error: BaseException) -> bool:
    """True for the CancelledError of a task that was cancelled; a step may raise one of its own."""
    task = asyncio.current_task() if isinstance(error, asyncio.CancelledError) else None
    return task is not None and task.cancelling() > 0


def _unopened(step: Step | ToolItem, error: Exception) -> KavError:
    """Return a ConfigError at the place of a step or a tool that could not be opened."""
    if isinstance(error, ConfigError):
        return error
    ours = isinstance(error, KavError)
    text = f"{step.word}: {error}" if ours else f"`{step.word}` cannot be opened: {str(error) or type(error).__name__}"
    return ConfigError([Fault(step.file, step.line, step.column, text, width=len(step.word))])


def _import(names: tuple[str, ...]) -> None:
    """Import modules that take long; a missing one is ignored, as the code that needs it raises a better error."""
    for name in names:
        with suppress(ImportError):
            importlib.import_module(name)


def simulable(items: Iterable[ToolItem]) -> None:
    """Raise ConfigError, on a loop of virtual time, with the items of `tools` that depend on the outside."""
    if not isinstance(asyncio.get_running_loop(), VirtualLoop):
        return
    faults = []
    for item in items:
        if item.kind.outside:
            text = f"`{item.names[0]}` needs {item.kind.outside}, which virtual time has not"
            hint = f"put an answer in its place: `swap: {{tools.{item.names[0]}: {{script: {{give: [{{}}]}}}}}}`"
            faults.append(Fault(item.file, item.line, item.column, text, hint, width=len(item.word)))
    if faults:
        raise ConfigError(faults)


async def finish(chain: Chain, reason: str) -> None:
    """Close a call's chain, wait for its tasks, 2 seconds at most, and mark the call as ended.

    Tasks that are still running are logged and counted as `TasksLate`. Effects of tools that have begun go on, and the
    work after the call waits for them.
    """
    chain.close(reason)
    left = set(chain.tasks)
    if left:
        _, late = await asyncio.wait(left, timeout=CLOSING)
        if late:
            chain.call.log.error("LATE {} tasks did not end within {} s", len(late), CLOSING)
            chain.call.tell(TasksLate(len(late)))
    chain.call.ended(reason)
