"""A config is checked whole: every fault at once, each at its place, none that only follows from another."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.config.toplevel import GREETING
from pipeline.faults import ConfigError
from tests.kit.configs import GOOD, Write, faults


@pytest.mark.fault("A1", "A2", "A3", "A4", "A6")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("language: he-IL", "language: he.IL", ["2:11 `language` wants a BCP 47 tag such as he-IL, got `he.IL`"]),
        ("language:", "langauge:", ["2:1 a config has no setting `langauge` | did you mean `language`?"]),
        (
            '["${NUMBER:-+15551234567}"]',
            "[555]",
            ['3:11 `numbers[1]` wants text, got `555` | as it is, this means a number; quote it: "555"'],
        ),
        ("max_calls: 5", "max_calls: 0", ["16:21 `max_calls` wants 1 to 10000, got 0"]),
        (
            "max_calls: 5",
            "twiml_play_greeting: true",
            [f"16:31 `twiml_play_greeting` needs `greeting_file`, {GREETING}"],
        ),
        (
            "pipeline:",
            "pipelin:",
            ["4:1 a config has no setting `pipelin` | did you mean `pipeline`?"],
        ),
        ("  - pacer", "  - pacr", ["14:5 no processor `pacr` | did you mean `pacer`?"]),
        (
            "  - pacer",
            "  - pacer: fast",
            ["14:12 the settings of `pacer` are keys and values | `python run.py show pacer` lists them"],
        ),
        (
            "  - pacer",
            "  - pacer:\n    lead: 1s",
            ["15:5 `lead` stands beside `pacer`, not in it | indent a step's settings further than its word"],
        ),
        (
            "      say: [hi there]",
            "      delay: 1s",
            ["11:5 `llm.script` needs `say` | The replies, one an utterance, over and over."],
        ),
        ("      say: [hi there]", "      sya: [hi]", ["12:7 `llm.script` has no setting `sya` | did you mean `say`?"]),
        ("{window: 14s}", "{window:14s}", ["8:13 `dedup` has no setting `window:14s` | a `:` has a space after it"]),
        ("{window: 14s}", "{pause: 14s}", ["8:13 `dedup` has no setting `pause` | it has window"]),
        (
            "  - pacer\n",
            "   - pacer\n",
            [
                "14:4 this does not fit the lines above"
                " | check the indentation: line 13 begins in column 3, this one in column 4"
            ],
        ),
        (
            "  - twilio_sink\n",
            "    - twilio_sink\n",
            ["14:5 two steps in one | indent the `-` of each step alike"],
        ),
        (
            "{window: 14s}",
            "{window: 14s, window: 15s}",
            ["8:26 `window` stands twice, first in column 13 | one has to go"],
        ),
    ],
)
def test_one_mistake_is_one_fault(write: Write, old: str, new: str, expected: list[str]) -> None:
    """At its line and column, with a way out, and nothing that merely follows from it."""
    assert old in GOOD
    assert faults(write(GOOD.replace(old, new, 1))) == [f"x.yaml:{each}" for each in expected]


@pytest.mark.fault("A1")
def test_all_faults_come_at_once_and_show_themselves(write: Write) -> None:
    """The golden text of several faults in one file."""
    text = "language: [x]\npipeline:\n  - vad.energi\n  - dedup: {window: 3, wndow: 1s}\n  - pacer: {lead: 9s}\n"
    with pytest.raises(ConfigError) as caught:
        load(write(text))
    assert str(caught.value) == (
        "x.yaml:1:11: `language` wants text, got a list\n"
        "  language: [x]\n"
        "            ^^^\n"
        "  quote text that has brackets, braces or `: ` in it\n"
        "x.yaml:3:5: no processor `vad.energi`\n"
        "    - vad.energi\n"
        "      ^^^^^^^^^^\n"
        "  did you mean `vad.energy`?\n"
        "x.yaml:4:21: `window` wants a duration, e.g. 300ms or 0.48s, got `3`\n"
        "    - dedup: {window: 3, wndow: 1s}\n"
        "                      ^\n"
        "  its unit is missing: 3s or 3ms\n"
        "x.yaml:4:24: `dedup` has no setting `wndow`\n"
        "    - dedup: {window: 3, wndow: 1s}\n"
        "                         ^^^^^\n"
        "  did you mean `window`?\n"
        "x.yaml:5:19: `lead` wants 20ms to 5s, got 9s\n"
        "    - pacer: {lead: 9s}\n"
        "                    ^^"
    )


def test_a_file_of_tests_is_no_config(write: Write) -> None:
    """It says what plays it, and not what a config would have in the place of `tests`."""
    write(GOOD, **{"x.test": "tests: []\n"})
    [fault] = faults(Path("x.test.yaml"))
    assert fault == "x.test.yaml:0:0 is a file of tests, not a config | `python run.py test x.test.yaml` plays them"
