"""`list`: what processors there are. It reads declarations alone, and imports nothing that takes long."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pipeline import spec
from pipeline.faults import WordError
from pipeline.processor import Processor


def list_processors(as_json: bool = False) -> int:
    """Print every word with its sentence and what it takes and gives; returns the exit code."""
    print(_as_json() if as_json else "\n".join(_as_text()))
    return 0


def outline(word: str, kind: type[Processor]) -> dict[str, Any]:
    """What a processor says about itself, but for its settings, as plain data."""
    gives = spec.gives(kind)
    return {
        "word": word,
        "doc": spec.doc(kind),
        "takes": names(spec.takes(kind)),
        "gives": names(gives),
        "holds": names(kind.holds),
        "hears": names(spec.hears(kind)),
        "raises": names(each for each in kind.gives if each not in gives),
        "needs": list(kind.needs),
    }


def names(kinds: Iterable[type]) -> list[str]:
    """The names of frames and controls."""
    return [kind.__name__ for kind in kinds]


def _as_text() -> Iterable[str]:
    margin = max(map(len, spec.words()), default=0) + 2
    for word in spec.words():
        try:
            found = outline(word, spec.find(word))
        except WordError as error:
            yield f"{word:<{margin}}cannot be used here: {error.text}" + (f" ({error.hint})" if error.hint else "")
            continue
        yield f"{word:<{margin}}{found['doc']}"
        yield f"{'':<{margin}}{' → '.join(', '.join(found[side]) or 'nothing' for side in ('takes', 'gives'))}"


def _as_json() -> str:
    listed = []
    for word in spec.words():
        try:
            listed.append(outline(word, spec.find(word)))
        except WordError as error:
            listed.append({"word": word, "lacking": error.text, "hint": error.hint})
    return json.dumps({"processors": listed}, indent=2, ensure_ascii=False)
