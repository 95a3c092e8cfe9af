"""A word of YAML, and the class that it names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import catalog
from pipeline.catalog.plugins import Plugins
from pipeline.faults import WordError

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


def test_the_words_are_the_files_and_nothing_is_imported_for_them() -> None:
    """A file's path is its word; what begins with an underscore is none."""
    words = catalog.words()
    assert {"pacer", "vad.energy", "asr.script", "twilio_sink"} <= set(words)
    assert list(words) == sorted(words)
    assert not any(part.startswith("_") for word in words for part in word.split("."))


def test_a_word_finds_the_one_class_of_its_file() -> None:
    """`vad.energy` is the processor that processors/vad/energy.py defines, not one that it imports."""
    assert catalog.find("vad.energy").__module__ == "processors.vad.energy"
    assert catalog.find("pacer").__module__ == "processors.pacer.pacer"


@pytest.mark.parametrize(
    ("word", "text", "hint"),
    [
        ("pacr", "no processor `pacr`", "did you mean `pacer`?"),
        ("vad.energi", "no processor `vad.energi`", "did you mean `vad.energy`?"),
        ("xyzzy.plugh", "no processor `xyzzy.plugh`", "one of your own? list its package: `plugins: [xyzzy]`"),
        ("./m/s.py", "no processor `./m/s.py`", "a file of your own? `plugins: [m/s.py]` makes the word `m.s`"),
        ("s.py:Shout", "no processor `s.py:Shout`", "a file of your own? `plugins: [s.py]` makes the word `s`"),
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


@pytest.mark.parametrize("word", ["m/s.py", "./m/s.py", "m.s.Shout", "m/s.py:Shout"])
def test_a_listed_file_is_meant_by_its_path_too(word: str, tmp_path: Path) -> None:
    """And its class: the hint has the word to write."""
    with pytest.raises(WordError) as caught:
        catalog.find(word, Plugins(files={"m.s": tmp_path / "m/s.py"}))
    assert caught.value.hint.startswith("write `m.s`")


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
