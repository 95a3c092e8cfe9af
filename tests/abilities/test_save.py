"""The tool `save`: each field is kept by itself, and the model is told what is wrong and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from abilities.save import Save
from pipeline.arguments import Argument, BadArguments
from tests.kit.alone import alone
from tests.kit.tooling import view

TAKES = {
    "name": Argument(),
    "phone": Argument(type="phone", region="IL"),
    "rooms": Argument(type="integer", least=1, optional=True),
}


async def saved(text: str, **facts: Any) -> tuple[Any, dict[str, Any]]:
    """The data that the model is told, and the facts."""
    tool = Save(Save.Settings(takes=TAKES))
    result = await tool.use(tool.arguments.read(text), view(facts=facts))
    return result.data, result.facts


@alone
async def test_a_value_that_fits_is_kept_beside_one_that_does_not() -> None:
    """The caller is not asked again for the name because the number was misheard."""
    data, facts = await saved('{"name": " Dana ", "phone": "054123456"}')
    assert facts == {"name": "Dana"}
    assert data == {
        "saved": {"name": "Dana"},
        "wrong": {"phone": "has 9 digits, and a mobile number there has 10: ask for it again, digit by digit"},
    }


@alone
async def test_missing_fields_are_told_until_they_are_there() -> None:
    """Those of earlier uses count; a correction overwrites."""
    assert await saved('{"name": "Dana"}') == ({"saved": {"name": "Dana"}, "missing": ["phone"]}, {"name": "Dana"})
    assert await saved('{"name": "Dina"}', phone="+972541234567", name="Dana") == (
        {"saved": {"name": "Dina"}},
        {"name": "Dina"},
    )


@alone
async def test_nothing_is_kept_of_what_is_wrong() -> None:
    """It is an answer, and no failure of the tool."""
    data, facts = await saved('{"rooms": 0}', name="a", phone="b")
    assert (data, facts) == ({"wrong": {"rooms": "has to be at least 1"}}, {})
    assert await saved("{}") == ({"missing": ["name", "phone"]}, {})


def test_any_field_may_be_given_and_no_other() -> None:
    """The schema needs none; a rehearsal keeps the same, as nothing outside changes."""
    tool = Save(Save.Settings(takes=TAKES))
    assert tool.arguments.schema()["required"] == []
    assert not tool.is_effect
    assert tool.rehearse({"name": "Dana"}).facts == {"name": "Dana"}
    with pytest.raises(BadArguments, match="there is no argument `nam`"):
        tool.arguments.read('{"nam": "Dana"}')


def test_fields_are_needed() -> None:
    """A tool that keeps nothing is a fault."""
    assert [path for path, _ in Save.Settings().faults()] == ["takes"]
    assert not list(Save.Settings(takes=TAKES).faults())
