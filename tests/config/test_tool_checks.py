"""The faults of tools, each at its place."""

from __future__ import annotations

import pytest

from pipeline.config import load
from tests.kit.configs import GOOD, Write, faults

FIND = "name: find_flats, about: Looks up flats., takes: {rooms: {type: number}}"


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        (["script: {name: find}"], "2:5 `find` has no description, by which the model knows when to use it"),
        ([f"script: {{{FIND}, ahead: true, effect: true, say: [Yes.]}}"], "cannot be done ahead of the caller's last"),
        (
            [f"script: {{{FIND}, needs: [pin]}}"],
            "`find_flats` needs `pin`, which no tool grants | a tool whose success",
        ),
        ([f"script: {{{FIND}, needs: [pin], grants: [pim]}}"], "which no tool grants | did you mean `pim`?"),
        ([f"script: {{{FIND}}}", f"script: {{{FIND}}}"], "a second tool `find_flats`: the first is at "),
        ([f"script: {{{FIND}, effect: true, confirm: 'For {{room}}?'}}"], "takes no `room` | did you mean `rooms`?"),
        ([f"script: {{{FIND}, effect: true, confirm: 'For {{x|day}}?'}}"], "takes no `x` | it takes rooms"),
        (
            [f"script: {{{FIND}, confirm: 'For {{rooms}}?'}}"],
            "`find_flats` only reads, and nothing is read back before",
        ),
        (
            [f"script: {{{FIND}, effect: true, confirm: '{{rooms|dya}}?'}}"],
            "there is no way `dya`: did you mean `day`?",
        ),
        (["keys: {about: Types., say: [Type.]}"], "2:5 `keys` needs the step `keys`, which the pipeline has not"),
        (["script: {name: find-flats, about: Looks up.}"], "2:20 `find-flats` is no name of a tool | small letters"),
        (["scrpt: {}"], "2:5 no tool `scrpt` | did you mean `script`?"),
        (["dedup"], "2:5 no tool `dedup` | `dedup` is a step, and belongs into `pipeline`"),
        (["acme.find"], "no tool `acme.find` | one of your own? list its package: `plugins: [acme]`"),
        (["script: {about: x, takes: {rooms: {form: 1}}}"], "has no setting `form` | did you mean `from`?"),
        (["script: {about: x, takes: {rooms: {type: nubmer}}}"], "| did you mean `number`?"),
    ],
)
def test_each_fault_has_its_place(write: Write, tools: list[str], said: str) -> None:
    """And says how it is mended."""
    [fault] = faults(write("tools:\n" + "".join(f"  - {each}\n" for each in tools) + GOOD))
    assert said in fault
    assert fault.startswith("x.yaml:")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("effect: true", "`find_flats` may take 8 s, and the caller hears nothing"),
        ("effect: true, confirm: Shall I?", "`confirm` of `find_flats` reads nothing back"),
        ("hide: [room]", "`find_flats` takes no `room` that could be hidden"),
        ("effect: true, say: [Yes.]", ""),
        ("effect: true, timeout: 2s", ""),
        ("hide: [rooms, prices]", ""),
    ],
)
def test_what_works_and_is_doubtful_is_a_warning(write: Write, settings: str, said: str) -> None:
    """Silence while it runs, a read-back without a value, a hidden value that is none."""
    found = load(write(f"tools: [script: {{{FIND}, {settings}}}]\n{GOOD}"), env={}).warnings
    assert [each.text for each in found] == ([said] if said else [])


def test_more_than_twenty_tools_are_too_many(write: Write) -> None:
    """For a model to choose among."""
    tools = "".join(f"  - script: {{name: t{number}, about: Does it.}}\n" for number in range(22))
    config = load(write(f"tools:\n{tools}{GOOD}"), env={})
    assert [(each.line, each.text) for each in config.warnings] == [(22, "more than 20 tools")]


def test_somebody_has_to_use_them(write: Write) -> None:
    """A pipeline without a model cannot."""
    mute = GOOD.replace("  - llm.script:\n      say: [hi there]\n", "")
    found = faults(write(f"tools:\n  - script: {{{FIND}}}\n{mute}"))
    assert "x.yaml:2:5 no step of the pipeline uses tools: it has no `llm` | add one, e.g. `llm.openai`" in found


TYPE = "name: ask_id, about: Asks for the number., say: [Please type.]"


def test_a_tool_has_the_step_that_it_needs(write: Write) -> None:
    """One that asks for keys needs a step that takes them."""
    tools = f"tools:\n  - keys: {{{TYPE}}}\n"
    [fault] = faults(write(tools + GOOD))
    assert fault == "x.yaml:2:5 `ask_id` needs the step `keys`, which the pipeline has not | put `keys` above the model"
    assert not load(write(tools + GOOD.replace("  - llm.script", "  - keys\n  - llm.script")), env={}).warnings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("end: E", "is 'E', which is no key"),
        ("first: 50s", "is too short for the first key"),
        ("say: []", "it tells the caller to type"),
        ("digits: 99", "wants 1 to 40"),
    ],
)
def test_a_tool_that_asks_for_keys_is_judged(write: Write, settings: str, said: str) -> None:
    """Keys that no phone has, times that do not fit, and no question."""
    name = settings.partition(":")[0]
    kept = ", ".join(each for each in TYPE.split(", ") if not each.startswith(name))
    found = faults(
        write(
            f"tools:\n  - keys: {{{kept}, {settings}}}\n" + GOOD.replace("  - llm.script", "  - keys\n  - llm.script")
        )
    )
    assert any(said in each for each in found)


@pytest.mark.parametrize("menu", ["{A: sales}", "{12: sales}", "{1: ''}"])
def test_a_menu_has_keys_of_a_phone_and_words(write: Write, menu: str) -> None:
    """At its place."""
    [fault] = faults(write(GOOD.replace("  - llm.script", f"  - keys: {{menu: {menu}}}\n  - llm.script")))
    assert "`menu` has " in fault and ":11:18 " in fault
