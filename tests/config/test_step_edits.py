"""`insert` and `drop`: a deployment adds steps to the pipeline that it extends, and takes some out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from tests.kit.configs import GOOD, Write, faults

BASE = "extends: base.yaml\n"


def words(path: Path | str) -> list[str]:
    """The steps of a config, in order; a dedup with its window."""
    steps = load(path, env={}).steps
    return [f"{it.word} {it.settings.window:g}" if it.word == "dedup" else it.word for it in steps]


@pytest.mark.parametrize(
    "keys",
    [
        ["drop: ['dedup[1]']", "swap: {asr: {asr.script: {say: [x]}}}", "set: {'dedup[1].window': 2s}"],
        ["set: {'dedup[1].window': 2s}", "swap: {asr: {asr.script: {say: [x]}}}", "drop: ['dedup[1]']"],
    ],
)
def test_the_order_of_the_keys_is_none(write: Write, keys: list[str]) -> None:
    """Swapped first, then inserted and dropped at once, and set last: the fields of the steps that are left."""
    insert = "insert:\n  - {after: asr, steps: [dedup: {window: 1s}, dedup: {window: 3s}]}\n"
    insert += "  - {before: llm, steps: [greeting: {text: hi}]}\n  - {after: asr, steps: [dedup: {window: 4s}]}\n"
    found = words(write(BASE + insert + "\n".join(keys) + "\n", base=GOOD))
    assert found[2:9] == ["end_of_utterance", "asr.script", "dedup 2", "dedup 3", "dedup 4", "dedup 14", "greeting"]


def test_one_insertion_needs_no_list(write: Write) -> None:
    """And may stand at either end of the step that it names, by its word or its capability."""
    assert "greeting" in words(write(BASE + "insert: {before: llm.script, steps: [greeting: {text: hi}]}\n", base=GOOD))
    one, two = "{before: tts, steps: [intro_filter: {phrases: [x]}]}", "{after: 'dedup[2]', steps: [greeting]}"
    found = words(write(f"{BASE}insert: [{one}, {two}]\n", base=GOOD))
    assert found[6:9] == ["greeting", "llm.script", "intro_filter"]


def test_each_layer_changes_the_one_below(write: Write) -> None:
    """A step that one inserts the next may drop, swap, set, and insert others beside."""
    middle = f"{BASE}insert: {{after: asr, steps: [greeting: {{text: hi}}]}}\ndrop: ['dedup[2]']\n"
    top = "extends: middle.yaml\nset: {greeting.text: ho}\ninsert: {before: greeting, steps: [dedup: {window: 5s}]}\n"
    config = load(write(top, base=GOOD, middle=middle), env={})
    assert [it.word for it in config.steps[4:8]] == ["asr.script", "dedup", "greeting", "llm.script"]
    assert config.steps[6].settings.text == "ho"
    last = "extends: middle.yaml\ndrop: [greeting]\ninsert: {after: asr, steps: [dedup: {window: 6s}]}\n"
    assert words(write(last, base=GOOD, middle=middle))[3:7] == ["dedup 14", "asr.script", "dedup 6", "llm.script"]


def test_it_means_the_same_as_written_out(write: Write) -> None:
    """By its hash; the settings of a dropped step are not read."""
    base = GOOD.replace("  - dedup\n", "  - dedup: {window: '${UNSET}'}\n")
    dropped = load(write(BASE + "drop: ['dedup[2]']\n", base=base), env={})
    assert dropped.hash == load(write(GOOD.replace("  - dedup\n", "")), env={}).hash


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drop: [dedpu]", "2:8 no step `dedpu` in the pipeline | did you mean `dedup`?"),
        ("drop: [dedup]", "2:8 `dedup` stands 2 times in the pipeline | say `dedup[1]` or `dedup[2]`"),
        ("drop: ['dedup[1]', 'dedup[1]']", "2:20 `dedup[1]` is dropped twice"),
        ("drop: dedup", "2:7 `drop` wants a list of steps | write [dedup]"),
        ("drop: [{a: b}]", "2:8 `drop` wants steps, e.g. `dedup` or `dedup[2]`"),
        ("swap: {asr: {asr.script: {say: [x]}}}\ndrop: [asr]", "3:8 `asr` is dropped, and swapped at x.yaml:2:8"),
        ("insert: [dedup]", "2:10 `insert` wants `before` or `after`, and `steps` | e.g. `insert: {after: asr, steps:"),
        ("insert: {steps: [dedup]}", "2:9 `insert` wants `before` or `after`, one of the two | e.g. `insert:"),
        (
            "insert: {before: asr, after: llm, steps: [dedup]}",
            "2:23 `insert` wants `before` or `after`, one of the two",
        ),
        ("insert: {befor: asr, steps: [dedup]}", "2:10 `insert` has no setting `befor` | did you mean `before`?"),
        ("insert: {before: asr}", "2:9 `insert` needs `steps` | e.g. `insert: {after: asr, steps: [dedup]}`"),
        ("insert: {before: asr, steps: []}", "2:30 `steps` has no step in it"),
        ("insert: {before: asr, steps: dedup}", "2:30 `steps` wants a list of steps | write [dedup]"),
        ("insert: {before: [asr], steps: [dedup]}", "2:18 `before` wants a step, e.g. `asr` or `dedup[2]`"),
        ("insert: {before: ars, steps: [dedup]}", "2:18 no step `ars` in the pipeline | did you mean `asr`?"),
        ("insert: {before: dedup, steps: [dedup]}", "2:18 `dedup` stands 2 times in the pipeline | say `dedup[1]` or"),
        ("insert: {before: asr, steps: [dedpu]}", "2:31 no processor `dedpu` | did you mean `dedup`?"),
        (
            "insert: {before: asr, steps: [dedup: {windw: 1s}]}",
            "2:39 `dedup` has no setting `windw` | did you mean `wi",
        ),
        (
            "insert: {after: 'dedup[1]', steps: [greeting]}\ndrop: ['dedup[1]']",
            "2:17 `after: dedup[1]` names a step that `drop` takes out | name one that stays",
        ),
        ("insert: {after: llm, steps: [pacer]}", "2:30 `pacer` takes AudioEnded, AudioOut, which does not get here"),
    ],
)
def test_what_cannot_be_done_is_a_fault_at_its_place(write: Write, text: str, expected: str) -> None:
    """One for each, with what to write instead."""
    (found,) = faults(write(f"{BASE}{text}\n", base=GOOD))
    assert found.startswith(f"x.yaml:{expected}")


def test_a_step_that_a_layer_below_dropped_is_told_of(write: Write) -> None:
    """With the place at which it was dropped."""
    middle = f"{BASE}drop: ['dedup[1]', 'dedup[2]']\n"
    for change in ("drop: [dedup]", "insert: {after: dedup, steps: [greeting]}", "swap: {dedup: dedup}"):
        (found,) = faults(write(f"extends: middle.yaml\n{change}\n", base=GOOD, middle=middle))
        assert found.endswith("`dedup` was dropped at middle.yaml:2:8")
