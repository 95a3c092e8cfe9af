"""Values, and what would fit in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from tests.kit.configs import GOOD, Write, faults, step, with_thing


@pytest.mark.fault("A3")
@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("whole: 0", "14 `whole` wants 1 to 9, got 0"),
        ("whole: 1.5", "14 `whole` wants a whole number, got `1.5`"),
        ('whole: "5"', "14 `whole` wants a whole number, got `5` | write it without quotes"),
        ("whole: 5s", "14 `whole` wants a whole number, got `5s` | it has no unit: 5"),
        ('whole: "${N:-5%}"', "14 `whole` wants a whole number, got `5%` | it has no unit: 5"),
        ("whole: five", "14 `whole` wants a whole number, got `five`"),
        ("whole: [1]", "14 `whole` wants a whole number, got a list"),
        ("whole:", "13 `whole` wants a value, and has none"),
        ("whole: 7", "14 `whole` is unlucky"),
        ("part: 1", "13 `part` wants more than 0 and less than 1, got 1"),
        ("part: .nan", "13 `part` wants a number, got `.nan`"),
        ("flag: on", "13 `flag` wants true or false, got `on` | did you mean `true`, without quotes?"),
        ("flag: NO", "13 `flag` wants true or false, got `NO` | did you mean `false`, without quotes?"),
        ("flag: 1", "13 `flag` wants true or false, got `1` | did you mean `true`, without quotes?"),
        ("text: 012", '13 `text` wants text, got `012` | as it is, this means a number; quote it: "012"'),
        ("text: true", '13 `text` wants text, got `true` | as it is, this means true or false; quote it: "true"'),
        ("text: much too long", "13 `text` wants at most 9 characters, got 13"),
        ("wait: 0.48", "13 `wait` wants a duration, e.g. 300ms or 0.48s, got `0.48` | its unit is missing: 0.48s"),
        (
            'wait: "${W:-1}"',
            "13 `wait` wants a duration, e.g. 300ms or 0.48s, got `1` | put the unit after the variable",
        ),
        ("wait: 500", "13 `wait` wants a duration, e.g. 300ms or 0.48s, got `500` | its unit is missing: 500ms"),
        ("wait: 90", "13 `wait` wants a duration, e.g. 300ms or 0.48s, got `90`"),
        ("wait: 3s", "13 `wait` wants 100ms to 2s, got 3s"),
        ("wait: -1s", "13 `wait` wants 0s or more, got -1s"),
        ("mode: fats", "13 `mode` wants one of fast, slow, got `fats` | did you mean `fast`?"),
        ("file: none.txt", "13 `file` wants a file, and `none.txt` is not there"),
        ("file: xx.yml", "13 `file` wants a file, and `xx.yml` is not there | did you mean `x.yaml`?"),
        ('file: "a\\0b"', "13 `file` wants a file, and `a\0b` is not there"),
        ("names: x", "14 `names` wants a list, got `x` | write [x]"),
        ("names: [a, 1]", '18 `names[2]` wants text, got `1` | as it is, this means a number; quote it: "1"'),
        ("parts: [{txt: a}]", "16 `parts[1]` has no setting `txt` | did you mean `text`?"),
        ("parts: [{weight: 2}]", "15 `parts[1]` needs `text`"),
        ("parts: [x]", "15 `parts[1]` wants keys and values, got `x`"),
        ("table: {a: x}", "18 `table.a` wants a whole number, got `x`"),
        ("table: [a]", "14 `table` wants keys and values, got a list"),
        ("either: manual", "15 `either` wants a whole number or one of auto, got `manual`"),
        ("pair: [1]", "13 `pair` wants 2 in its list, got 1"),
        ("odd: x", "12 `odd` wants something that no config can write, got `x`"),
        ("wohle: 1", "7 `gizmo.thing` has no setting `wohle` | did you mean `whole`?"),
        ("spare: [pacer]", "15 `pacer` cannot be a fallback here: it is no `thing`"),
        ("spare: [gizmo.thing: {whole: 0}]", "36 `whole` wants 1 to 9, got 0"),
        ("spare: [{}]", "15 a step is a word, or a word with its settings | e.g. `vad.energy: {rms: 210}`"),
        ("key: [x]", "12 `key` wants text, got a list"),
        ("key: 123", "12 `key` wants text | quote it"),
        ("text: ${X", "13 `${` begins no variable here | write ${NAME}, ${NAME:-text}, or $${ for a plain ${"),
    ],
)
def test_a_value_that_does_not_fit_says_what_would(thing: None, write: Write, setting: str, expected: str) -> None:
    """Each kind of setting refuses what it cannot be, at the value, with what was wanted and got."""
    assert faults(write(with_thing(setting))) == [f"x.yaml:5:{expected}"]


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("whole: 012", "whole", None),  # 12 is out of range: not 10, as YAML 1.1 would have it
        ("whole: 0x9", "whole", 9),
        ("flag: TRUE", "flag", True),
        ("text: NO", "text", "NO"),
        ("text: 12:30", "text", "12:30"),
        ('text: "12"', "text", "12"),
        ("text: $${x}", "text", "${x}"),
        ("text: a${E:-}b", "text", "ab"),
        ("text: ${A:-1}${B:-2}", "text", "12"),
        ("wait: 300ms", "wait", 0.3),
        ('key: "${E:-}"', "key", None),
        ("key: null", "key", None),
        ("parts: [{text: a, weight: 2}]", "parts", "[Part(text='a', weight=2.0)]"),
        ("table: {a: 1}", "table", {"a": 1}),
        ("either: auto", "either", "auto"),
        ("either: 3", "either", 3),
        ("pair: [3, 4]", "pair", (3, 4)),
        ("data: {a: [1, b, true, null]}", "data", {"a": [1, "b", True, None]}),
    ],
)
def test_a_value_that_fits_is_what_it_looks_like(
    thing: None, write: Write, setting: str, name: str, value: object
) -> None:
    """YAML 1.2's scalars, variables, nested lists and tables all arrive as declared."""
    path = write(with_thing(setting))
    if value is None and name == "whole":
        assert faults(path) == ["x.yaml:5:14 `whole` wants 1 to 9, got 12"]
        return
    found = getattr(step("gizmo.thing", load(path, env={})), name)
    assert found == value or str(found) == value


def test_a_file_is_found_beside_the_config_that_names_it(thing: None, write: Write, tmp_path: Path) -> None:
    """Not beside the config that extends it, and not where the program runs."""
    write(GOOD)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/hello.txt").write_text("hello")
    (tmp_path / "sub/base.yaml").write_text(with_thing("file: hello.txt"))
    Path("x.yaml").write_text("extends: sub/base.yaml\n")
    assert step("gizmo.thing", load("x.yaml")).file == tmp_path / "sub/hello.txt"
