"""The functions of a file of Python, each a tool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.arguments import BadArguments
from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.testing import NoWire, run_virtual
from pipeline.tool import Tool, View
from tests.kit.configs import GOOD, Write, faults

CRM = '''
"""Our CRM."""
import time
from datetime import date
from typing import Annotated, Literal
from kav.tool import Result, View, doc, tool

_BOOKED = []

async def find_customer(phone: str, call: View) -> dict[str, str]:
    """Finds the customer who has this number.

    phone: as the caller said it; if they said none,
      leave it out
    """
    return {"phone": phone or call.caller, "sid": call.sid}

@tool(effect=True, say="Writing it down.", confirm="{kind} on {day}.")
def book(day: date, hour: Annotated[int, doc("Full hours.", 9, 18)], kind: Literal["visit", "talk"] = "visit"):
    """Books an appointment."""
    _BOOKED.append((day, hour, kind))
    return Result({"day": day, "all": _BOOKED}, grants=("booked",))

async def odd() -> object:
    """Gives what cannot be told."""
    return object()
'''
TOOLS = GOOD + "tools: [crm.py]\n"


@pytest.fixture
def crm(write: Write) -> Callable[..., Config]:
    """Write the file with some of its text changed, and load a config that names it."""

    def make(old: str = "", new: str = "", tools: str = "[crm.py]") -> Config:
        Path("crm.py").write_text(CRM.replace(old, new) if old else CRM, encoding="utf-8")
        return load(write(f"{GOOD}tools: {tools}\n"), env={})

    return make


def tools(config: Config) -> dict[str, Tool]:
    """The tools of a config, by name."""
    return {tool.name: tool for item in config.tools for tool in item.tools()}


def used(tool: Tool, text: str) -> Any:
    """The result of a use with arguments as a model writes them."""

    async def main() -> Any:
        call = Call("CA1", NoWire(), asyncio.get_running_loop(), caller="+15550000001")
        return await tool.use(tool.arguments.read(text), View(call, "key", 9.0))

    return run_virtual(main())


def test_each_public_function_is_a_tool(crm: Callable[..., Config]) -> None:
    """Named and described by itself; a decorator declares the rest, and settings of the file are for all."""
    config = crm(tools="[{crm.py: {timeout: 3s}}]")
    assert config.tools[0].names == ("find_customer", "book", "odd")
    found = tools(config)
    assert found["find_customer"].about == "Finds the customer who has this number."
    assert (found["book"].settings.say, found["book"].is_effect) == (["Writing it down."], True)
    assert [tool.settings.timeout for tool in found.values()] == [3.0, 3.0, 3.0]
    assert found["book"].where == "crm.py:19:5"
    assert crm(tools="[{python: {file: crm.py, only: [book]}}]").tools[0].names == ("book",)


def test_a_model_is_told_of_the_parameters(crm: Callable[..., Config]) -> None:
    """Types, bounds, choices, descriptions and defaults; not of the call."""
    found = tools(crm())
    customer, book = found["find_customer"].arguments.schema(), found["book"].arguments.schema()
    assert customer["properties"] == {
        "phone": {"type": "string", "description": "as the caller said it; if they said none, leave it out"}
    }
    hour = {"type": "integer", "minimum": 9, "maximum": 18, "description": "Full hours."}
    assert (book["properties"]["hour"], book["required"]) == (hour, ["day", "hour"])
    assert (book["additionalProperties"], "$ref" in book) == (False, False)


def test_a_function_gets_values_of_its_types(crm: Callable[..., Config]) -> None:
    """Also if the model has put a number into quotes; a plain function runs beside the calls."""
    book = tools(crm())["book"]
    assert book.arguments.read('{"hour": "10", "day": "2026-12-01"}') == {"day": "2026-12-01", "hour": 10}
    made = used(book, '{"hour": "10", "day": "2026-12-01"}')
    assert (made.data["all"], made.grants) == ([(date(2026, 12, 1), 10, "visit")], ("booked",))


def test_a_function_sees_the_call(crm: Callable[..., Config]) -> None:
    """And the caller's number, of its own accord."""
    assert used(tools(crm())["find_customer"], '{"phone": ""}').data == {"phone": "+15550000001", "sid": "CA1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"hour": 20, "day": "2026-12-01"}', "Expected `int` <= 18 - at `$.hour`"),
        ('{"hour": 10}', "Object missing required field `day`"),
        ('{"hour": 10, "day": "2026-12-01", "x": 1}', "there is no argument `x`; there are day, hour, kind"),
        ('{"hour": 10', 'the arguments have to be one JSON object such as {"day": …}'),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence(crm: Callable[..., Config], text: str, said: str) -> None:
    """To the model, which can then give another one."""
    with pytest.raises(BadArguments) as caught:
        tools(crm())["book"].arguments.read(text)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "phone: str,",
            "phone,",
            "crm.py:10:11 the parameter `phone` of `find_customer` has no type | e.g. `phone: str`",
        ),
        ("phone: str,", "phone: 'Nope',", "crm.py:10:11 a type of `find_customer` cannot be read: name 'Nope' is not"),
        (
            "phone: str,",
            "phone: Exception,",
            "crm.py:10:11 a model cannot be told of a value that `find_customer` takes",
        ),
        (
            "phone: str,",
            "*phone: str,",
            "crm.py:10:11 `find_customer` takes `*phone: str`, and a model gives each value",
        ),
        ("return object()", "yield 1", "crm.py:24:11 `odd` is a generator | a tool returns its result"),
        ('"""Gives what cannot be told."""', "", "x.yaml:20:9 `odd` has no description, by which the model knows when"),
        ("{kind} on", "{knd} on", "x.yaml:20:9 `book` takes no `knd` | did you mean `kind`?"),
        (
            "effect=True",
            "efect=True",
            "x.yaml:20:9 `crm.py` cannot be imported: TypeError: Unexpected keyword argument 'ef",
        ),
        ('say="Writing', 'hold=-1, say="Writing', "cannot be imported: TypeError: Expected `float` >= 0.0"),
        (
            "import time",
            "import tim",
            "x.yaml:20:9 `crm.py` needs the package `tim`, which is not installed | see crm.py:3",
        ),
    ],
)
def test_a_file_that_makes_no_tools_is_a_fault(write: Write, old: str, new: str, said: str) -> None:
    """At the function's line, if it is a function's."""
    Path("crm.py").write_text(CRM.replace(old, new), encoding="utf-8")
    [fault] = faults(write(TOOLS))
    assert said in fault


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ("[../crm.py]", "`crm.py` lies outside the config's folder"),
        ("[cmr.py]", "`file` wants a file, and `cmr.py` is not there | did you mean `crm.py`?"),
        ("[{crm.py: {only: [bok]}}]", "`crm.py` has no function `bok` | did you mean `book`?"),
        ("[{crm.py: {name: x}}]", "`name` is that of each function, in its file"),
        ("[{python: {}}]", "`python` needs `file`"),
    ],
)
def test_a_file_has_to_be_one_of_the_config(write: Write, tools: str, said: str) -> None:
    """Beside it, and with the functions that it names."""
    for folder in (Path(), Path("..")):
        Path(folder, "crm.py").write_text(CRM, encoding="utf-8")
    [fault] = faults(write(f"{GOOD}tools: {tools}\n"))
    assert said in fault


def test_a_changed_file_runs_anew(crm: Callable[..., Config]) -> None:
    """Its old functions stay as they are, for calls under way; it is part of the config's hash and of its files."""
    old, new = crm(), crm("Books an", "Notes an")
    assert tools(old)["book"].about == "Books an appointment."
    assert tools(new)["book"].about == "Notes an appointment."
    assert old.hash != new.hash
    assert Path("crm.py").absolute() in new.files


def test_one_function_may_be_swapped(crm: Callable[..., Config]) -> None:
    """By a stand-in, which takes what it takes and is described as it is; the other functions stay."""
    crm()
    config = load("x.yaml", env={}, swap={"tools.book": {"script": {"give": [{"done": True}]}}})
    assert [item.names for item in config.tools] == [("find_customer", "odd"), ("book",)]
    book = tools(config)["book"]
    assert (book.about, book.is_effect, book.settings.confirm) == ("Books an appointment.", True, "{kind} on {day}.")
    assert book.arguments.names == ("day", "hour", "kind")
    assert used(book, '{"hour": 10, "day": "2026-12-01"}').data == {"done": True}
