"""`tool`: the tools of a config, and the use of one by hand."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from pipeline.faults import UsageError
from pipeline.tools.tool.options import ToolOptions
from pipeline.tools.tool.use import listed, use
from tests.kit.configs import GOOD, Write

FILE = '''
from pathlib import Path
from kav.tool import View, tool

def look_up(rooms: int, call: View) -> dict[str, str]:
    """Looks up flats."""
    return {"for": call.caller, "rooms": str(rooms)}

@tool(effect=True, say="Yes.")
def book(flat: str) -> str:
    """Books a flat."""
    Path("booked.txt").write_text(flat)
    return "booked"
'''


@pytest.fixture
def path(write: Write) -> str:
    """The path of a config with a tool that reads, and one that writes a file."""
    Path("flats.py").write_text(FILE)
    return str(write(f"{GOOD}tools: [flats.py]\n"))


def used(capsys: pytest.CaptureFixture[str], *options: ToolOptions) -> list[str]:
    """What is printed of each use, and its exit code."""
    said = []
    for each in options:
        code = asyncio.run(use(each))
        said += [capsys.readouterr().out, str(code)]
    return said


def test_a_tool_that_reads_is_used(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a call would use it, for a caller of this number."""
    options = ToolOptions(config=path, name="look_up", arguments='{"rooms": 3}', caller="+15550000001")
    assert used(capsys, options) == ['done\n{\n  "for": "+15550000001",\n  "rooms": "3"\n}\n', "0"]


def test_an_effect_rehearses_unless_it_is_meant(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And the output says which of the two it was."""
    options = ToolOptions(config=path, name="book", arguments='{"flat": "L1"}')
    said, code = used(capsys, options)
    assert said.startswith("done (rehearsed: nothing was done; --really does it)")
    assert (code, Path("booked.txt").exists()) == ("0", False)
    really = ToolOptions(config=path, name="book", arguments='{"flat": "L1"}', really=True, as_json=True)
    said, code = used(capsys, really)
    assert json.loads(said) == {"outcome": "done", "rehearsed": False, "result": "booked", "facts": {}}
    assert Path("booked.txt").read_text() == "L1"


def test_wrong_arguments_are_told_as_to_a_model(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence, with the exit code of a failure."""
    said, code = used(capsys, ToolOptions(config=path, name="look_up", arguments='{"rooms": "many"}'))
    assert said.splitlines() == ["refused", "{", '  "error": "Expected `int`, got `str` - at `$.rooms`"', "}"]
    assert code == "1"


def test_an_unknown_tool_is_a_wrong_use(path: str) -> None:
    """With the name that was meant."""
    with pytest.raises(UsageError, match="has no tool `look_op`: did you mean `look_up`"):
        asyncio.run(use(ToolOptions(config=path, name="look_op")))


def test_all_tools_are_shown(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With their arguments and their places; as JSON with the schema that a model gets."""
    assert listed(ToolOptions(config=path)) == 0
    first, place, second, _ = capsys.readouterr().out.splitlines()
    assert (first, place) == ("look_up(rooms)  Looks up flats.", "  reads  flats.py:5:5")
    assert second == "book(flat)  Books a flat."
    assert listed(ToolOptions(config=path, as_json=True)) == 0
    [found, _] = json.loads(capsys.readouterr().out)["tools"]
    assert found["parameters"]["properties"] == {"rooms": {"type": "integer"}}
