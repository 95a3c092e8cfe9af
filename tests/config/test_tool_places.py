"""Places of tools' texts that nothing is ever known for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from tests.kit.configs import GOOD, Write, faults

BOOK = "name: book, about: Books., say: [Yes.], takes: {name: {}}, post: https://crm.example.com/x"
SAVE = "  - save: {about: Keeps., takes: {order: {type: digits}}}\n"


def tools(settings: str, others: str = "") -> str:
    """A config with the tool `book`, and others."""
    return f"tools:\n  - http: {{{BOOK}, {settings}}}\n{others}{GOOD}"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "json: {a: '{nam}'}",
            "`json.a` has {nam}, which `book` does not take and no tool collects | did you mean `name`",
        ),
        ("json: {a: [1, '{x}']}", "`json.a[1]` has {x}"),
        ("query: {a: '{order.x}'}", "`query.a` has {order.x}"),
        ("headers: {X-A: '{y}'}", "| there are name, call.sid, call.caller, call.called, call.language"),
    ],
)
def test_an_unknown_place_is_a_fault_at_its_brace(write: Write, settings: str, said: str) -> None:
    """With the nearest name that there is."""
    [fault] = faults(write(tools(settings)))
    assert said in fault
    line, column = map(int, fault.split(" ")[0].split(":")[1:])
    assert Path("x.yaml").read_text(encoding="utf-8").splitlines()[line - 1][column - 1] == "{"


def test_places_that_are_known(write: Write) -> None:
    """An argument, a part of one, something of the call, and a fact that another tool collects."""
    text = tools("json: ['{name}', '{name.first}', '{call.caller}', '{order}']", SAVE)
    assert not load(write(text), env={}).warnings


def test_a_file_of_python_may_collect_anything(write: Write) -> None:
    """What is near to a known name is a slip all the same."""
    write(GOOD)
    Path("crm.py").write_text('def find(x: int) -> int:\n    """Finds."""\n    return x\n', encoding="utf-8")
    assert load(write(tools("json: ['{points}']", "  - crm.py\n")), env={}).tools
    [fault] = faults(write(tools("json: ['{nme}']", "  - crm.py\n")))
    assert "did you mean `name`" in fault
