"""`show`: a processor's frames and settings; and those of all processors as docs/processors.md."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.faults import WordError
from pipeline.processor import Processor
from pipeline.terminal.columns import columns, fitted, padded
from pipeline.terminal.paint import BOLD, DIM, RED, Paint, paint_on
from pipeline.tool import Tool
from pipeline.tools.list.listing import outline
from pipeline.tools.show import tools
from pipeline.tools.show.settings import Setting, example, settings_of

WIDTH = 110  # columns
NOTHING = ("null", '""', "[]", "{}")  # empty defaults, shown as `-`

_HEAD = """\
# The processors

What each step of a pipeline takes, gives and may be set. `make docs` writes this page from the processors' own
declarations; `python run.py show WORD` prints one of them.
"""


def show(word: str, as_json: bool = False) -> int:
    """Print the declaration of one word; return the exit code, 1 if the word is unknown."""
    paint = paint_on(sys.stdout)
    name, tool = tools.named(word)
    try:
        word, kind = catalog.named(word)
    except WordError as error:
        if tool is None:
            print(paint(error.text, RED) + paint(f"\n  {error.hint}" if error.hint else "", DIM))
            return 1
        kind = None
    if as_json:
        data = {**(_declared(word, kind) if kind else {}), **({"tool": tools.declared(name, tool)} if tool else {})}
        print(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())
        return 0
    parts = ["\n".join(_as_text(word, kind, paint))] if kind else []
    parts += ["\n".join(_tool_as_text(name, tool, paint))] if tool else []
    print("\n\n".join(parts))
    return 0


def page() -> str:
    """Return docs/processors.md. Raises WordError if a processor lacks its package here."""
    kinds = {word: catalog.find(word) for word in catalog.words()}
    contents = [f"| [`{word}`](#{_anchor(word)}) | {cell(spec.doc(kind))} |" for word, kind in kinds.items()]
    parts = [_HEAD, "| word | what it does |\n| --- | --- |", *contents]
    return "\n".join([*parts, *(line for word, kind in kinds.items() for line in _section(word, kind)), ""])


def _declared(word: str, kind: type[Processor]) -> dict[str, Any]:
    return {**outline(word, kind), "example": example(word, kind), "settings": settings_of(kind.Settings)}


def _as_text(word: str, kind: type[Processor], paint: Paint) -> Iterable[str]:
    yield f"{paint(f'{word}:', BOLD)} {spec.doc(kind)}\n"
    for name, content in _links(word, kind):
        yield f"  {name:<7}{content}"
    rows = list(_rows(settings_of(kind.Settings)))
    yield "\n  settings" if rows else "\n  no settings"
    yield from (f"    {line}" for line in _table(rows, paint))
    yield f"\n  example\n    - {example(word, kind)}"


def _tool_as_text(word: str, kind: type[Tool], paint: Paint) -> Iterable[str]:
    yield f"{paint(f'{word}:', BOLD)} {spec.doc(kind)}\n"
    yield "  for `tools`; settings, its own first"
    yield from (f"    {line}" for line in _table(list(_rows(tools.own_settings(kind))), paint))
    yield ""
    yield from (f"    {line}" for line in _table(list(_rows(tools.common_settings(kind))), paint))
    yield f"\n  example\n    - {tools.example(word, kind)}"


def _section(word: str, kind: type[Processor]) -> Iterable[str]:
    yield f"\n## {word}\n\n{spec.doc(kind)}\n"
    for name, content in _links(word, kind):
        yield f"- {name} {content}"
    yield from table(kind.Settings)
    yield f"\n```yaml\n- {example(word, kind)}\n```"


def table(settings: type[msgspec.Struct]) -> Iterable[str]:
    """Yield the settings of a struct as a Markdown table, those inside another one below it; nothing for none."""
    yield from rows_as_table(settings_of(settings))


def rows_as_table(settings: Iterable[Setting]) -> Iterable[str]:
    """Yield settings as a Markdown table, as `table` does."""
    rows = list(_rows(settings))
    if rows:
        yield "\n| setting | type | bounds | default | |\n| --- | --- | --- | --- | --- |"
    for name, *cells, default, doc in rows:
        code = f"`{name.strip()}`" if name == name.strip() else f"· `{name.strip()}`"
        shown = default if default in ("required", "-") else f"`{default}`"
        yield "| " + " | ".join(map(cell, (code, *cells, shown, doc))) + " |"


def _links(word: str, kind: type[Processor]) -> Iterable[tuple[str, str]]:
    found = outline(word, kind)
    for name in ("takes", "gives", "holds", "hears", "raises", "needs"):
        if found[name] or name in ("takes", "gives"):
            yield name, ", ".join(found[name]) or "nothing"


def _rows(settings: Iterable[Setting], indent: str = "") -> Iterable[tuple[str, str, str, str, str]]:
    """Yield a row for each setting; those inside another one follow it, indented."""
    for each in settings:
        default = "required" if each.default is None else "-" if each.default in NOTHING else each.default
        yield indent + each.name, each.type + (f", {each.unit}" if each.unit else ""), each.bounds, default, each.doc
        yield from _rows(each.fields, indent + "  ")


def _table(rows: Sequence[tuple[str, ...]], paint: Paint) -> Iterable[str]:
    """Yield rows in aligned columns; the last cell is wrapped over as many lines as it needs."""
    if not rows:
        return
    heads = ("name", "type", "bounds", "default", "doc")
    widths = [min(24, max(columns(row[column]) for row in (heads, *rows))) for column in range(4)]
    margin = sum(widths) + 2 * len(widths)
    for row in (heads, *rows):
        shown = (paint.isolated(fitted(cell, width)) for cell, width in zip(row[:4], widths, strict=True))
        cells = "".join(padded(cell, width) + "  " for cell, width in zip(shown, widths, strict=True))
        lines = textwrap.wrap(row[4], max(30, WIDTH - margin)) or [""]
        yield paint((cells + lines[0]).rstrip(), *([BOLD] if row is heads else []))
        yield from (" " * margin + line for line in lines[1:])


def cell(text: str) -> str:
    """Return a text as the cell of a Markdown table."""
    return text.replace("|", "\\|")


def _anchor(word: str) -> str:
    """Return the anchor that GitHub gives this heading."""
    return word.replace(".", "")
