"""Whatever goes wrong while an agent runs says which line of the YAML it comes from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from abilities.script import Script
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.catalog import Step, ToolItem
from pipeline.config import Config
from pipeline.faults import ConfigError, KavError
from pipeline.frames import Dtmf, Transcript
from pipeline.processor import on
from pipeline.settings import StepSettings
from pipeline.testing import NoWire, run_virtual
from pipeline.worker import Worker
from tests.kit.configs import GOOD


class Clumsy(Worker):
    """Fails in the way that it is told to."""

    class Settings(StepSettings, frozen=True, kw_only=True):
        how: str = "handler"

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        if settings.how == "share":
            raise OSError("no such host")
        if settings.how == "ours":
            raise KavError("no credentials")
        if settings.how == "bug":
            raise ZeroDivisionError("one over nothing")
        yield None

    settings: Settings

    def begin(self) -> None:
        if self.settings.how == "making":
            raise ZeroDivisionError("one over nothing")

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        if self.settings.how == "handler":
            self.fail()
        elif self.settings.how == "timer":
            self.later(1.0, self.fail)
        else:
            self.start(0, self.work())

    def fail(self) -> None:
        raise ZeroDivisionError("one over nothing")

    async def work(self) -> AsyncGenerator[Any, None]:
        await asyncio.sleep(1)
        yield Transcript(0, "", True)
        self.fail()


def clumsy(how: str, line: int = 7) -> Step:
    return Step(word="clumsy", kind=Clumsy, settings=Clumsy.Settings(how=how), file="a.yaml", line=line, column=5)


@pytest.fixture
def ring(config: Callable[..., Config]) -> Callable[[Step], None]:
    """Let an agent of one step answer a call in which a key is pressed."""

    def call(step: Step) -> None:
        async def main() -> None:
            alone = msgspec.structs.replace(config(GOOD), steps=(step,))
            async with Agent.open(alone) as agent:
                chain = agent.answer(Call("CA1", NoWire(), asyncio.get_running_loop()))
                chain.put(Dtmf("1"))
                await asyncio.sleep(5)
                await finish(chain, "stop")

        run_virtual(main())

    return call


@pytest.mark.parametrize("how", ["handler", "timer", "worker"])
def test_a_fault_in_a_call_names_the_line(ring: Callable[..., Any], log: list[str], how: str) -> None:
    """Of a handler, of a timer, of work that waits."""
    ring(clumsy(how))
    assert log == ["FAULT in Clumsy (a.yaml:7): ZeroDivisionError"]


@pytest.mark.parametrize(
    ("how", "text"), [("share", "`clumsy` cannot be opened: no such host"), ("ours", "clumsy: no credentials")]
)
def test_what_cannot_be_opened_is_a_fault_of_its_place(ring: Callable[..., Any], how: str, text: str) -> None:
    """The start fails with the line, and not with a traceback."""
    with pytest.raises(ConfigError) as caught:
        ring(clumsy(how))
    assert str(caught.value) == f"a.yaml:7:5: {text}"


@pytest.mark.parametrize("how", ["bug", "making"])
def test_a_bug_at_the_start_names_the_line(ring: Callable[..., Any], how: str) -> None:
    """While it is opened, and while a call's processors are made."""
    with pytest.raises(ZeroDivisionError) as caught:
        ring(clumsy(how))
    assert caught.value.__notes__ == ["in the step at a.yaml:7"]


TOOLS = """
tools:
  - script: {name: find_flats, about: Looks up flats., say: [One moment.]}
"""


class Outside(Script):
    """Asks a service, and has a thing that its uses share."""

    outside = "the network"

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, language: str) -> AsyncIterator[Any]:
        if settings.fail:
            raise OSError("no such host")
        yield language


def outside(**settings: Any) -> ToolItem:
    return ToolItem(
        word="crm", kind=Outside, settings=Outside.Settings(name="find", **settings), names=("find",), file="a.yaml"
    )


def test_a_call_has_the_tools_of_its_agent(config: Callable[..., Config]) -> None:
    """Which rehearse, unless it is told otherwise; what is said for them is spoken in advance."""
    told: list[tuple[str, ...]] = []

    class Studio(Clumsy):
        @classmethod
        @asynccontextmanager
        async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
            told.append(phrases)
            yield None

    async def main() -> None:
        step = Step(word="studio", kind=Studio, settings=Studio.Settings())
        async with Agent.open(msgspec.structs.replace(config(GOOD + TOOLS), steps=(step,))) as agent:
            call = Call("CA1", NoWire(), asyncio.get_running_loop())
            await finish(agent.answer(call), "stop")
            assert [(tool.name, tool.where.rpartition(":")[2]) for tool in call.tools] == [("find_flats", "22")]
            assert not call.acts

    run_virtual(main())
    assert told[0][0] == "One moment."


def test_a_tool_is_opened_with_its_agent(config: Callable[..., Config]) -> None:
    """Its uses in all calls share what it opens; if it cannot be opened, its place is told."""

    async def main(item: ToolItem) -> Any:
        async with Agent.open(msgspec.structs.replace(config(GOOD), steps=(), tools=(item,))) as agent:
            return agent.tools[0].shared

    assert asyncio.run(main(outside())) == "he-IL"
    with pytest.raises(ConfigError, match=r"a\.yaml: `crm` cannot be opened: no such host"):
        asyncio.run(main(outside(fail="x")))
    with pytest.raises(ConfigError) as caught:
        run_virtual(main(outside()))
    assert caught.value.faults[0].text == "`find` needs the network, which virtual time has not"
    assert "swap: {tools.find: {script: {give: [{}]}}}" in caught.value.faults[0].hint
