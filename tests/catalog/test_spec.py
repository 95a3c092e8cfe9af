"""A YAML word finds its class, and the class says what it takes, gives and may be set."""

from __future__ import annotations

import pytest

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.frames import AudioIn, Clear, Transcript
from pipeline.tools.show import reference
from pipeline.tools.show.settings import type_name
from tests.kit.acme import Loudness, Shout


@pytest.mark.parametrize(
    ("word", "capability"),
    [("asr.google", "asr"), ("pacer", "pacer"), ("acme.greeter", "greeter"), ("acme.asr.whisper", "asr")],
)
def test_a_capability_is_what_a_word_is_for(word: str, capability: str) -> None:
    """A plug-in's package says nothing about what it does."""
    assert catalog.capability(word) == capability


def test_fields_come_from_the_declaration() -> None:
    """Type, bounds, unit, choices, default, doc and secrecy are said once, in Settings."""
    found = {field.name: field for field in spec.fields(Shout.Settings)}
    rms, wait, key = found["rms"], found["wait"], found["key"]
    assert (rms.default, rms.required, rms.doc, rms.unit, rms.ge, rms.le) == (3, False, "How loud.", "dB", 1, 9)
    assert (wait.default, wait.ge, wait.le) == (0.5, 0.1, None)
    assert (key.required, key.secret) == (True, True)
    assert found["mode"].choices == ("a", "b")
    assert found["loudness"].choices == (Loudness.SOFT, Loudness.LOUD)
    assert found["words"].default == []


def test_what_a_processor_takes_is_read_off_its_handlers() -> None:
    """Frames and controls apart; what it gives is declared."""
    assert (spec.takes(Shout), spec.hears(Shout), spec.gives(Shout)) == ((AudioIn,), (Clear,), (Transcript,))
    assert spec.doc(Shout) == "Says everything louder."


def test_types_have_names_that_people_use() -> None:
    """Nobody has to know Python to read the reference."""
    names = {field.name: type_name(field.type) for field in spec.fields(Shout.Settings)}
    assert names == {
        "rms": "whole number",
        "wait": "duration",
        "key": "secret",
        "mode": "one of a, b",
        "loudness": "one of soft, loud",
        "prompt": "file",
        "spare": "list of steps",
        "words": "list of text",
    }


def test_show_has_settings_with_bounds_defaults_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """All there is to know about a word, in plain text."""
    assert reference.show("end_of_utterance") == 0
    text = capsys.readouterr().out
    for part in ("min_silence", "duration", "100ms to 5s", "480ms", "needs  vad", "- end_of_utterance"):
        assert part in text


def test_show_of_an_unknown_word_proposes_one(capsys: pytest.CaptureFixture[str]) -> None:
    """And fails."""
    assert reference.show("pacr") == 1
    assert capsys.readouterr().out == "no processor `pacr`\n  did you mean `pacer`?\n"
