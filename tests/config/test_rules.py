"""What Settings say of themselves is shown where it stands, like everything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.config import Config, load
from pipeline.faults import ConfigError
from tests.kit.chain import chain
from tests.kit.configs import Write, faults, with_thing


def warnings(write: Write, setting: str, **env: str) -> list[str]:
    """Every warning of a plug-in with these settings, as line:column, text and hint."""
    found = load(write(with_thing(setting)), env=env).warnings
    return [f"{each.line}:{each.column} {each.text}" + (f" | {each.hint}" if each.hint else "") for each in found]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("{whole: 7}", "5:15 `whole` is unlucky"),
        ("{parts: [{text: a}, {text: b, weight: -1}]}", "5:45 `parts[2].weight` is below nothing"),
        ("{parts: [{text: b, weight: -1}], whole: 7}", "5:47 `whole` is unlucky"),
        ("{whole: 8}", "5:15 `part`, left at its default, does not go with `whole`"),
        ("{whole: 8, part: 0.2}", "5:24 `part` does not go with `whole`"),
        ("{part: 0.75}", "4:5 there is no call for this"),
        ("{text: boom}", "4:5 the rules of this step failed: ValueError: no such thing"),
    ],
)
def test_a_rule_that_spans_fields_is_a_fault_of_its_place(
    thing: None, write: Write, setting: str, expected: str
) -> None:
    """At the field or the part of it that it names, else at one that its words name, else at the step."""
    assert f"x.yaml:{expected}" in faults(write(with_thing(setting)))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("whole: 9", ["4:5 `key` is needed for nine"]),
        ("{whole: 9, key: ''}", ["5:23 `key` is needed for nine"]),
        ("names: [none]", ["5:14 `names` has nobody in it"]),
        ("text: ''", ["5:13 `text` is blank"]),
        ('text: "${T:-}"', []),
        ('text: "${T:-loud}"', ["5:13 `text` is loud"]),
        ("old: x", ["5:7 `old` is deprecated | write `text`"]),
    ],
)
def test_what_works_and_should_not_stay_is_a_warning(
    thing: None, write: Write, setting: str, expected: list[str]
) -> None:
    """What a machine lacks, what does nothing, what is called otherwise now; a variable may well be blank."""
    assert warnings(write, setting) == expected


def test_steps_that_do_nothing_are_warned_of(config: Callable[..., Config]) -> None:
    """A greeting without words and a filter without phrases; not if a variable decides it."""

    def text(greeting: str, intro_filter: str) -> str:
        return chain(end_of_utterance=("end_of_utterance", greeting), llm=("llm.script: {say: [b]}", intro_filter))

    found = config(text("greeting", "intro_filter: {phrases: []}")).warnings
    assert [(each.line, each.text) for each in found] == [
        (5, "`text` is blank, so that callers are not greeted"),
        (8, "`phrases` is empty, so that nothing is dropped"),
    ]
    assert not config(text('greeting: {text: "${HELLO:-}"}', "intro_filter")).warnings


def test_a_fallback_that_nobody_asks_is_warned_of(config: Callable[..., Config]) -> None:
    """What stands after a step that does not fail; one that takes its time may be too late, and so fail."""

    def text(fallback: str) -> str:
        return chain(tts=f"tts.espeak: {{fallback: [{fallback}]}}")

    found = config(text("tts.tone, tts.espeak")).warnings
    assert [(each.line, each.column, each.width, each.text) for each in found] == [
        (7, 39, 10, "`tts.espeak` is never used: `tts.tone`, before it, cannot fail")
    ]
    assert not config(text("{tts.tone: {delay: 9s}}, tts.espeak")).warnings
    assert not config(text("tts.espeak, tts.tone")).warnings
    with pytest.raises(ConfigError) as caught:
        config(text("{tts.tone: {pitch: 1}}, tts.espeak"))
    assert [fault.text for fault in caught.value.faults] == ["`pitch` wants 100 to 3400, got 1"]
