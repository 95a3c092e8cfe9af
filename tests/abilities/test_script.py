"""A tool that gives answers in turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from abilities.script import Script
from pipeline.arguments import Argument
from pipeline.call import Call
from pipeline.testing import NoWire, run_virtual
from pipeline.tool import ToolFailed, View


def used(script: Script, times: int = 1) -> list[Any]:
    """The results of as many uses, and last the seconds that they took."""

    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        view = View(Call("CA1", NoWire(), loop), "key", loop.time() + 9)
        begun = loop.time()
        given = [(await script.use({}, view)).data for _ in range(times)]
        return [*given, round(loop.time() - begun, 3)]

    return run_virtual(main())


def test_its_answers_come_in_turn() -> None:
    """Each after its time, and the last one again when they are over."""
    assert used(Script(Script.Settings(give=[1, {"two": 2}], after=2.0)), 3) == [1, {"two": 2}, {"two": 2}, 6.0]
    assert used(Script(Script.Settings())) == [{"ok": True}, 0.0]


def test_it_fails_with_its_sentence() -> None:
    """After its time, too, and where it is rehearsed."""
    script = Script(Script.Settings(fail="no flat is free"))
    with pytest.raises(ToolFailed, match="no flat is free"):
        used(script)
    with pytest.raises(ToolFailed, match="no flat is free"):
        script.rehearse({})


def test_it_takes_values() -> None:
    """As declared, so that a model is told of them."""
    script = Script(Script.Settings(takes={"rooms": Argument(type="number", least=1)}))
    assert script.arguments.names == ("rooms",)
