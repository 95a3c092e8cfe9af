"""`list`: the available processors, from their declarations alone; nothing slow is imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.plugins import NONE, Plugins
from pipeline.catalog.words import sentence
from pipeline.faults import NoProcessor, WordError
from pipeline.installation import ABILITIES
from pipeline.processor import Processor
from pipeline.terminal.columns import columns, padded
from pipeline.terminal.paint import BOLD, DIM, YELLOW, Paint, paint_on
from pipeline.tool import Tool


def list_processors(own: Plugins = NONE, as_json: bool = False) -> int:
    """Print every word with its sentence, a processor's with its frames, too; return the exit code."""
    print(_as_json(own) if as_json else "\n".join(_as_text(own, paint_on(sys.stdout))))
    return 0


def words(own: Plugins) -> Iterator[tuple[str, type[Processor] | WordError]]:
    """Yield each word with its class, or with the error that forbids its use: Kav's words, then the config's own."""
    for word in (*catalog.words(), *catalog.own_words(own)):
        try:
            yield word, catalog.find(word, own)
        except NoProcessor as error:
            if word in own.files and word not in dict(own_tools(own)):
                yield word, error
        except WordError as error:
            yield word, error


def own_tools(own: Plugins) -> Iterator[tuple[str, type[Tool]]]:
    """Yield each word of a config's plug-ins that names a tool, with its class."""
    for word in catalog.own_words(own):
        with suppress(WordError):  # a processor, a module of its own, or one that cannot be used
            yield word, catalog.find_tool(word, own)


def sentences(own: Plugins) -> Iterator[tuple[str, str]]:
    """Yield each word of a tool with its sentence, without importing Kav's own: some import slow libraries."""
    for word in catalog.tool_words():
        yield word, sentence(ABILITIES, word)
    yield from ((word, spec.doc(kind)) for word, kind in own_tools(own))


def outline(word: str, kind: type[Processor]) -> dict[str, Any]:
    """Return a processor's declaration without its settings, as plain data."""
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
    """Return the names of frames and controls."""
    return [kind.__name__ for kind in kinds]


def _as_text(own: Plugins, paint: Paint) -> Iterable[str]:
    listed, tools = dict(words(own)), dict(sentences(own))
    margin = max(map(columns, (*listed, *tools)), default=0) + 2
    for word, kind in listed.items():
        head = paint(padded(paint.isolated(word), margin), BOLD)
        if isinstance(kind, WordError):
            hint = f" ({kind.hint})" if kind.hint else ""
            yield head + paint(f"cannot be used here: {kind.text}{hint}", YELLOW)
            continue
        found = outline(word, kind)
        yield head + found["doc"]
        frames = " → ".join(", ".join(found[side]) or "nothing" for side in ("takes", "gives"))
        yield " " * margin + paint(frames, DIM)
    yield "\ntools:"
    for word, text in tools.items():
        yield "  " + paint(padded(paint.isolated(word), margin - 2), BOLD) + text


def _as_json(own: Plugins) -> str:
    listed = [
        {"word": word, "lacking": kind.text, "hint": kind.hint} if isinstance(kind, WordError) else outline(word, kind)
        for word, kind in words(own)
    ]
    tools = [{"word": word, "doc": text} for word, text in sentences(own)]
    return json.dumps({"processors": listed, "tools": tools}, indent=2, ensure_ascii=False)
