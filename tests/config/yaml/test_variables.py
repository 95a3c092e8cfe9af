"""What comes from the environment is named and never shown; nor is a secret; FAULTS A7."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.config import Config, load
from pipeline.faults import ConfigError
from tests.kit.configs import GOOD, Write, faults, with_thing


def gizmo(config: Config) -> Any:
    """The settings of the plug-in's step."""
    return next(step.settings for step in config.steps if step.word == "gizmo.thing")


@pytest.mark.fault("A7")
def test_unset_variables_are_named_all_at_once(write: Write) -> None:
    """Each at its own place, with the nearest name that is set; one that is set and empty is as good as unset."""
    text = GOOD.replace("${VAD_RMS:-210}", "${VAD_RSM}").replace("[hi there]", '["${A} and ${B}"]')
    assert faults(write(text), env={"VAD_RMS": "1", "A": ""}) == [
        "x.yaml:6:26 the variable VAD_RSM is not set | did you mean `VAD_RMS`?",
        "x.yaml:12:16 the variable A is empty | set it, or write ${A:-text}",
        "x.yaml:12:25 the variable B is not set | set it, or write ${B:-text}",
    ]


@pytest.mark.fault("A7", "I-1")
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


@pytest.mark.parametrize("spelling", ["1", "yes", "ON", "True", "0", "no", "Off", "FALSE", " y\r"])
def test_a_switch_of_the_environment_has_usual_spellings(thing: None, write: Write, spelling: str) -> None:
    """YAML's own text stays strict: `true` or `false`."""
    path = write(with_thing('{flag: "${FLAG:-false}", whole: 1}'))
    is_on = spelling.strip().lower() in ("1", "yes", "on", "true", "y")
    assert gizmo(load(path, env={"FLAG": spelling})).flag is is_on
    assert gizmo(load(path, env={"FLAG": " "})).flag is False
    [fault] = faults(path, env={"FLAG": "canary"})
    assert "FLAG" in fault and "yes or no, on or off, 1 or 0" in fault and "canary" not in fault
    assert "did you mean `true`" in faults(write(with_thing("{flag: yes, whole: 1}")))[0]


@pytest.mark.parametrize(
    "value", [' "sk-12345678"\n', "\u201csk-12345678\u201d", "Bearer sk-12345678", "\ufeffsk-12345678"]
)
def test_a_pasted_key_is_cleaned_with_a_warning(thing: None, write: Write, value: str) -> None:
    """Wherever it comes from; the variable is named, the key is not shown."""
    config = load(write(with_thing('{key: "${CRED}", whole: 1}')), env={"CRED": value})
    assert gizmo(config).key.reveal() == "sk-12345678"
    [warning] = config.warnings
    assert "CRED" in warning.text and "left off" in warning.text and "sk-1" not in warning.text
    literal = load(write(with_thing("{key: '\"sk-12345678\"', whole: 1}")))
    assert gizmo(literal).key.reveal() == "sk-12345678"
    assert any("quotes" in each.text for each in literal.warnings)


@pytest.mark.parametrize(
    ("value", "words"), [("sk-12 34", "white space"), ("sk-\u05d0", "ASCII"), ("\u2022\u2022\u2022", "mask")]
)
def test_a_text_that_is_no_key_is_a_fault(thing: None, write: Write, value: str, words: str) -> None:
    """It names the variable, and does not show the value."""
    [fault] = faults(write(with_thing('{key: "${CRED}", whole: 1}')), env={"CRED": value})
    assert "CRED" in fault and words in fault and value not in fault


def test_a_placeholder_is_a_warning(thing: None, write: Write) -> None:
    """An example's key was copied with the example."""
    [warning] = load(write(with_thing('{key: "${CRED}", whole: 1}')), env={"CRED": "sk-..."}).warnings
    assert "CRED" in warning.text and "placeholder" in warning.text


def test_the_variables_of_a_rules_fields_are_named(write: Write) -> None:
    """A variable that needs another one names it."""
    text = GOOD.replace("max_calls: 5", 'twiml_play_greeting: "${PLAY}", greeting_file: "${SOUND:-}"')
    [fault] = faults(write(text), env={"PLAY": "1"})
    assert "needs `greeting_file`, an MP3 or WAV file" in fault
    assert "comes from PLAY, `greeting_file` comes from SOUND" in fault
