"""What comes from the environment is named and never shown; nor is a secret; FAULTS A7."""

from __future__ import annotations

import pytest

from pipeline.config import load
from pipeline.faults import ConfigError
from tests.kit.configs import GOOD, Write, faults, with_thing


def test_unset_variables_are_named_all_at_once(write: Write) -> None:
    """Each at its own place, with the nearest name that is set; one that is set and empty is as good as unset."""
    text = GOOD.replace("${VAD_RMS:-210}", "${VAD_RSM}").replace("[hi there]", '["${A} and ${B}"]')
    assert faults(write(text), env={"VAD_RMS": "1", "A": ""}) == [
        "x.yaml:6:26 the variable VAD_RSM is not set | did you mean `VAD_RMS`?",
        "x.yaml:12:16 the variable A is empty | set it, or write ${A:-text}",
        "x.yaml:12:25 the variable B is not set | set it, or write ${B:-text}",
    ]


def test_a_variable_that_does_not_fit_is_named_and_not_shown(write: Write) -> None:
    """The environment's values are nobody's to print."""
    found = faults(write(GOOD), env={"VAD_RMS": "hunter2", "MIN_UTT_SEC": "99"})
    assert found == [
        "x.yaml:6:23 `rms` wants a whole number, the value of VAD_RMS does not fit",
        "x.yaml:7:37 `min_silence` wants 100ms to 5s, the value of MIN_UTT_SEC does not fit",
    ]
    with pytest.raises(ConfigError) as caught:
        load(write(GOOD), env={"VAD_RMS": "hunter2"})
    assert "hunter2" not in str(caught.value) + repr(caught.value.faults)


def test_a_secret_in_the_file_is_a_warning_and_stays_hidden(thing: None, write: Write) -> None:
    """It works, it is warned of, and neither the warning nor another fault of its line shows it."""
    path = write(with_thing("{key: sk-12345678, whole: 1}").replace("gizmo.thing:\n     ", "gizmo.thing:"))
    config = load(path)
    assert [(each.line, each.text) for each in config.warnings] == [(4, "`key` is a secret, written in the file")]
    assert "sk-1234" not in repr(config)
    path.write_text(path.read_text().replace("whole: 1", "whole: 0"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "•" in str(caught.value)
    assert "sk-1234" not in str(caught.value)
    assert not load(path, set=["gizmo.thing.whole=1", "thing.key=x"]).warnings
