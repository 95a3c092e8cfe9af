"""The fixed phrases of each language: for an empty reply, an utterance without words, a failure; and introductions."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from pipeline.text import phrases
from pipeline.text.languages import primary

FOLDER = Path(phrases.__file__).parent
_MODULES = {
    name: import_module(f"{phrases.__name__}.{name}") for name in sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
}
PHRASES: dict[str, dict[str, str]] = {name: module.PHRASES for name, module in _MODULES.items()}
INTRODUCTIONS: dict[str, tuple[str, ...]] = {name: module.INTRODUCTIONS for name, module in _MODULES.items()}
NODS: dict[str, tuple[str, ...]] = {name: tuple(module.NODS.split(", ")) for name, module in _MODULES.items()}
FAREWELLS: dict[str, tuple[str, ...]] = {name: tuple(module.FAREWELLS.split(", ")) for name, module in _MODULES.items()}
REFUSALS: dict[str, tuple[str, ...]] = {name: tuple(module.REFUSALS.split(", ")) for name, module in _MODULES.items()}
WAITS: dict[str, tuple[str, ...]] = {name: tuple(module.WAITS.split(", ")) for name, module in _MODULES.items()}


class Example(NamedTuple):
    """A small conversation, for configs to start from and for callers without words of their own."""

    greeting: str
    question: str  # of the caller
    hear: list[str]  # words by which the question is understood
    answer: str
    goodbye: list[str]  # words of the caller
    farewell: str  # of the agent
    rephrase: str  # said to words that were not understood


def has_phrases(language: str) -> bool:
    """True if a language, a BCP 47 tag, has fixed phrases of its own."""
    return primary(language) in PHRASES


def phrase(name: str, language: str) -> str:
    """Return a fixed phrase in the call's language, or in English if that language has none.

    `name` is a key of PHRASES; raises KeyError for any other.
    """
    return PHRASES.get(primary(language), PHRASES["en"])[name]


def introductions() -> tuple[str, ...]:
    """Return words with which agents introduce themselves, in every language: an agent may speak several in a call."""
    return tuple(words for found in INTRODUCTIONS.values() for words in found)


def nods(language: str) -> tuple[str, ...]:
    """Return words with which listeners nod in a language (BCP 47), and those of English, which recognisers mix in."""
    return tuple(dict.fromkeys((*NODS.get(primary(language), ()), *NODS["en"])))


def farewells(language: str) -> tuple[str, ...]:
    """Return words with which callers take their leave in a language (BCP 47), and those of English."""
    return tuple(dict.fromkeys((*FAREWELLS.get(primary(language), ()), *FAREWELLS["en"])))


def refusals(language: str) -> tuple[str, ...]:
    """Return words that are a plain no in a language (BCP 47), and those of English."""
    return tuple(dict.fromkeys((*REFUSALS.get(primary(language), ()), *REFUSALS["en"])))


def waits(language: str) -> tuple[str, ...]:
    """Return words with which callers ask to be waited for in a language (BCP 47); English ones if it has none."""
    return WAITS.get(primary(language), WAITS["en"])


def example(language: str) -> Example:
    """Return the example conversation in this language, or in English if it has none."""
    module = _MODULES.get(primary(language), _MODULES["en"])
    return Example(**module.EXAMPLE, hear=module.HEARD["question"], goodbye=module.HEARD["goodbye"])
