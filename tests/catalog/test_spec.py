"""A YAML word finds its class, and the class says what it takes, gives and may be set."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from pipeline import catalog
from pipeline.catalog import Steps, spec
from pipeline.catalog.plugins import Plugins
from pipeline.faults import WordError
from pipeline.frames import AudioIn, Clear, Interrupt, Transcript
from pipeline.processor import Processor, on
from pipeline.settings import Duration, FilePath, Secret, StepSettings
from pipeline.tools.show import reference
from pipeline.tools.show.settings import type_name

GREETER = '''
from pipeline.processor import Processor
class Greeter(Processor):
    """Greets."""
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Write a module of the package `acme`; gives its word."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        monkeypatch.delitem(sys.modules, name)

    def write(text: str) -> str:
        (tmp_path / "acme/greeter.py").write_text(text)
        return "acme.greeter"

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


class Loudness(Enum):
    """An enumeration as a setting may have it."""

    SOFT = "soft"
    LOUD = "loud"


class Shout(Processor):
    """Says everything
    louder. And more."""

    gives = (Transcript, Interrupt)

    class Settings(StepSettings, frozen=True, kw_only=True):
        """One setting of each kind."""

        rms: Annotated[int, Meta(description="How loud.", ge=1, le=9, extra={"unit": "dB"})] = 3
        wait: Annotated[Duration, Meta(description="How long.", ge=0.1)] = 0.5
        key: Annotated[Secret, Meta(description="The key.")]
        mode: Literal["a", "b"] = "a"
        loudness: Loudness = Loudness.SOFT
        prompt: FilePath | None = None
        spare: Steps = ()
        words: list[str] = []

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        """Hear."""

    @on(Clear)
    def clear(self, control: Clear) -> None:
        """Clear."""


def test_the_words_are_the_files_and_nothing_is_imported_for_them() -> None:
    """A file's path is its word; what begins with an underscore is none."""
    words = catalog.words()
    assert {"pacer", "vad.energy", "asr.script", "twilio_sink"} <= set(words)
    assert list(words) == sorted(words)
    assert not any(part.startswith("_") for word in words for part in word.split("."))


def test_a_word_finds_the_one_class_of_its_file() -> None:
    """`vad.energy` is the processor that processors/vad/energy.py defines, not one that it imports."""
    assert catalog.find("vad.energy").__module__ == "processors.vad.energy"
    assert catalog.find("pacer").__module__ == "processors.pacer"


@pytest.mark.parametrize(
    ("word", "text", "hint"),
    [
        ("pacr", "no processor `pacr`", "did you mean `pacer`?"),
        ("vad.energi", "no processor `vad.energi`", "did you mean `vad.energy`?"),
        ("xyzzy.plugh", "no processor `xyzzy.plugh`", "one of your own? list its package: `plugins: [xyzzy]`"),
        ("os.path", "no processor `os.path`", "one of your own? list its package: `plugins: [os]`"),
        ("../../etc", "no processor `../../etc`", ""),
        ("", "no processor ``", ""),
    ],
)
def test_a_word_that_names_nothing_is_refused(word: str, text: str, hint: str) -> None:
    """No module is imported that is not in the house or in the list of plug-ins."""
    with pytest.raises(WordError) as caught:
        catalog.find(word)
    assert (caught.value.text, caught.value.hint) == (text, hint)


def test_a_plugin_is_found_by_its_dotted_path(plugin: Callable[..., Any]) -> None:
    """Only if its package is allowed."""
    word = plugin(GREETER)
    assert catalog.find(word, Plugins(("acme",))).__name__ == "Greeter"
    with pytest.raises(WordError, match="no processor"):
        catalog.find(word, Plugins(("other",)))


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ("x = 1", "`acme.greeter` is a module with no processor in it", "greeter.py"),
        (
            GREETER + "class Other(Greeter): pass",
            "`acme.greeter` is a module with 2 processors in it, not one",
            "greeter.py",
        ),
        (
            "import no_such_thing",
            "`acme.greeter` needs the package `no_such_thing`, which is not installed",
            "greeter.py:1",
        ),
        ("1 / 0 if (", "`acme.greeter` cannot be imported: SyntaxError", "greeter.py:1"),
        ("nonsense", "`acme.greeter` cannot be imported: NameError: name 'nonsense' is not defined", "greeter.py:1"),
        (
            "from pipeline.faults import MissingExtra\nraise MissingExtra('silero', 'onnxruntime')",
            "`acme.greeter` needs onnxruntime, which is not installed",
            "`make setup` installs it with the extra `silero`; by hand: pip install onnxruntime",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used_says_why(plugin: Callable[..., Any], text: str, expected: str, hint: str) -> None:
    """A broken module is a fault of the config that names it, never a traceback."""
    with pytest.raises(WordError) as caught:
        catalog.find(plugin(text), Plugins(("acme",)))
    assert caught.value.text.startswith(expected)
    assert caught.value.hint.endswith(hint)


def test_a_module_may_say_which_of_its_classes_it_is_there_for(plugin: Callable[..., Any]) -> None:
    """`__all__` settles it where there is more than one."""
    word = plugin(GREETER + "class Other(Greeter): pass\n__all__ = ['Other']")
    assert catalog.find(word, Plugins(("acme",))).__name__ == "Other"


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


def test_a_secret_shows_itself_nowhere_but_when_asked() -> None:
    """Not in print, not in a format, not in a Struct's repr, not in JSON by `str`."""
    key = Secret("sk-1234")
    settings = Shout.Settings(key=key)
    shown = f"{key} {key!r} {key:>5} {[key]} {settings} " + "%s" % key + str(key)  # noqa: UP031
    assert "1234" not in shown + msgspec.json.encode(settings.key, enc_hook=str).decode()
    assert key.reveal() == "sk-1234"
    assert type(key.reveal()) is str


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
