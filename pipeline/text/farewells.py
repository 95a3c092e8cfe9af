"""Farewells and refusals: words of a caller that are nothing but a goodbye, or nothing but a no."""

from __future__ import annotations

from functools import cache

from pipeline.text.fixed import farewells, nods, refusals
from pipeline.text.languages import primary
from pipeline.text.nods import Nods
from pipeline.text.normalise import Phrases


def is_farewell(text: str, language: str) -> bool:
    """True if a text takes leave and says nothing else; nods may stand before and between.

    Nods alone are none: a yes to "is there anything else?" is the contrary.
    """
    language = primary(language)
    return _farewells(language).are(text) and _leave(language).in_(text)


def is_refusal(text: str, language: str) -> bool:
    """True if a text is a plain no."""
    return _refusals(primary(language)).are(text)


@cache
def _farewells(language: str) -> Nods:
    return Nods((*farewells(language), *nods(language)))


@cache
def _leave(language: str) -> Phrases:
    return Phrases(farewells(language))


@cache
def _refusals(language: str) -> Nods:
    return Nods(refusals(language))
