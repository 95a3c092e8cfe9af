"""The fixed phrases of each language: for an empty reply, an utterance without words, a failure; and introductions."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from pipeline.text import phrases
from pipeline.text.languages import primary

FOLDER = Path(phrases.__file__).parent
_MODULES = {
    name: import_module(f"{phrases.__name__}.{name}") for name in sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
}
PHRASES: dict[str, dict[str, str]] = {name: module.PHRASES for name, module in _MODULES.items()}
INTRODUCTIONS: dict[str, tuple[str, ...]] = {name: module.INTRODUCTIONS for name, module in _MODULES.items()}


def has_phrases(language: str) -> bool:
    """True if a language, a BCP 47 tag, has fixed phrases of its own."""
    return primary(language) in PHRASES


def phrase(name: str, language: str) -> str:
    """Return a fixed phrase in the call's language, or in English if that language has none.

    `name` is a key of PHRASES; raises KeyError for any other.
    """
    return PHRASES.get(primary(language), PHRASES["en"])[name]


def introductions(language: str) -> tuple[str, ...]:
    """Return words with which agents introduce themselves in this language, or in English if none are known."""
    return INTRODUCTIONS.get(primary(language), INTRODUCTIONS["en"])
