"""The language of a config: its tag, and steps that would speak English for want of phrases in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.config.findings import Findings
from pipeline.faults import Place
from pipeline.text.fixed import FOLDER, has_phrases
from pipeline.text.languages import KNOWN, primary

BY_LANGUAGE = "default: by language"  # ends the doc of a setting that is blank for a fixed phrase


def unspoken(language: str, at: Place, steps: Sequence[Step], findings: Findings) -> None:
    """Warn of a language without fixed phrases if a step leaves one at its default: it would be said in English."""
    blank = [(step.word, names) for step in _all(steps) if (names := _blank(step))]
    if not blank or has_phrases(language):
        return
    code = primary(language)
    state = "has no fixed phrases" if len(code) == 3 or code in KNOWN else "is no known language"
    file = FOLDER / f"{code}.py"
    shown = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else file
    ways = "; ".join(f"{', '.join(f'`{name}`' for name in names)} of `{word}`" for word, names in dict(blank).items())
    text = f"`language` {language} {state}: some sentences would be English"
    findings.warn(at, text, f"add {shown}, or set {ways}")


def _blank(step: Step) -> list[str]:
    """Return the settings of a step that are left to the language."""
    if step.settings is None:
        return []
    fields = (field.name for field in spec.fields(step.kind.Settings) if BY_LANGUAGE in field.doc)
    return [name for name in fields if not getattr(step.settings, name)]


def _all(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from spec.fallbacks(step)
