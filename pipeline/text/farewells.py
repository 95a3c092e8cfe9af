"""Farewells and refusals: words of a caller that are nothing but a goodbye, or nothing but a no."""

from __future__ import annotations

from functools import cache

from pipeline.text.fixed import farewells, nods, refusals
from pipeline.text.languages import primary
from pipeline.text.nods import Nods


def is_farewell(text: str, language: str) -> bool:
    """True if a text takes leave and says nothing else; nods may stand before and between."""
    return _farewells(primary(language)).are(text)


def is_refusal(text: str, language: str) -> bool:
    """True if a text is a plain no."""
    return _refusals(primary(language)).are(text)


@cache
def _farewells(language: str) -> Nods:
    return Nods((*farewells(language), *nods(language)))


@cache
def _refusals(language: str) -> Nods:
    return Nods(refusals(language))
