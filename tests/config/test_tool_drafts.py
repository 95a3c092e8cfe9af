"""`tools:` as written, and as the configs that extend it, `set` and `swap` change it."""

from __future__ import annotations

import pytest

from pipeline.config import load
from tests.kit.configs import GOOD, Write, faults

FIND = """\
tools:
  - script: {name: find_flats, about: Looks up flats., say: [One moment.], takes: {rooms: {type: number}}, give: [3]}
"""
WITH = GOOD + FIND


def test_layers_reach_a_tool_by_its_name(write: Write) -> None:
    """In a config that extends, and in a change of the moment, of which the last counts."""
    path = write("extends: base.yaml\nset: {tools.find_flats.after: 3s, tools.find_flats.most: 2}\n", base=WITH)
    [item] = load(path, env={}, set=["tools.find_flats.most=5"]).tools
    assert (item.settings.after, item.settings.most, item.settings.give) == (3.0, 5, [3])


def test_a_list_replaces_the_one_below(write: Write) -> None:
    """Lists never merge."""
    top = "extends: base.yaml\ntools:\n  - script: {name: other, about: Does something else.}\n"
    assert [item.names for item in load(write(top, base=WITH), env={}).tools] == [("other",)]


def test_a_swapped_tool_is_the_same_to_the_model(write: Write) -> None:
    """It keeps the name, the words and the arguments, but for those that it says anew; and none that it cannot have."""
    swap = {"tools.find_flats": {"script": {"give": [1], "after": "2s", "say": ["Wait."]}}}
    [item] = load(write(WITH), env={}, swap=swap).tools
    settings = item.settings
    assert (settings.name, settings.about, settings.say) == ("find_flats", "Looks up flats.", ["Wait."])
    assert (list(settings.takes), settings.give, settings.after) == (["rooms"], [1], 2.0)
    assert item.names == ("find_flats",)


def test_a_request_that_changes_something_is_swapped_by_an_effect(write: Write) -> None:
    """A stand-in rehearses and is read back as the tool of which it has the place."""
    book = (
        "  - http: {name: book, about: Books., post: 'https://crm.example.com/x', takes: {day: {}}, confirm: '{day}'}\n"
    )
    [_, item] = load(write(WITH + book), env={}, swap={"tools.book": {"script": {"give": [1]}}}).tools
    assert (item.settings.effect, item.settings.confirm) == (True, "{day}")


def test_what_is_replaced_may_lack_its_variables(write: Write) -> None:
    """A test that swaps a tool needs none of its keys."""
    config = WITH.replace("give: [3]", 'give: ["${CRM_KEY}"]')
    assert len(faults(write(config))) == 1
    assert faults(write(config), swap={"tools.find_flats": {"script": {"give": [1]}}}) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "set: {tools.find_flat.after: 3s}",
            "4:7 no item of `tools` is named `find_flat` | did you mean `find_flats`?",
        ),
        ("swap: {tools.find_flat: script}", "4:8 there is no tool `find_flat` | did you mean `find_flats`?"),
        ("set: {tools.find_flats.aftr: 3s}", "4:24 `script` has no setting `aftr` | did you mean `after`?"),
        ("tools: {script: {give: [1]}}", "4:8 `tools` wants a list of tools | begin each tool with `- `"),
        ("tools: [{script: {give: [1]}, x: 1}]", "4:31 `x` stands beside `script`, not in it"),
        ("set: {tools: []}", "4:8 `tools` cannot be set, only a field or a key of its own can"),
    ],
)
def test_a_change_of_no_tool_is_a_fault_of_its_place(write: Write, change: str, said: str) -> None:
    """With the name that it may have meant."""
    [fault] = faults(write(f"# a\nextends: base.yaml\n\n{change}\n", base=WITH))
    assert f"x.yaml:{said}" in fault


def test_without_tools_the_meaning_is_as_before(write: Write) -> None:
    """Its hash is that of a config which knows of none; with some it is another."""
    assert load(write(GOOD), env={}).hash == load(write(GOOD + "tools: []\n"), env={}).hash
    assert load(write(GOOD), env={}).hash != load(write(WITH), env={}).hash
