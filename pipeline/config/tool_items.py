"""Reading the tools of a config: each item's word and settings, and the tools that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pipeline.catalog import plugins, spec
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItem, ToolItems, find_tool
from pipeline.config.drafts import Draft
from pipeline.config.reading import Reader
from pipeline.config.tool_checks import Made, judge, stands, used
from pipeline.config.tool_drafts import PREFIX, ToolDrafts
from pipeline.config.tool_places import unknown_places
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Node, Scalar
from pipeline.faults import FaultFound, WordError, clipped, did_you_mean
from pipeline.file_stamps import real
from pipeline.tool import Tool


def read_tools(written: ToolDrafts, reader: Reader, steps: Sequence[Step] | None) -> ToolItems:
    """Return the tools as read; those with a fault, which is noted, are left out.

    `steps` are those of the pipeline, None if it could not be read whole.
    """
    made = [found for each in written.items if (found := _item(each, reader)) is not None]
    whole = len(made) == len(written.items)
    for key, draft in written.swaps:
        with reader.findings.noting():
            _swap(made, key, draft, reader)
    judge(made, reader.findings, whole)
    if whole:
        unknown_places(made, reader.findings)
    if steps is not None and BROKEN not in steps:
        used(made, steps, reader.findings)
        stands(made, steps, reader.findings)
    return tuple(each.item for each in made if each.item.names)


def _item(draft: Draft, reader: Reader, instead: ToolItem | None = None) -> Made | None:
    """Return an item with its tools; None after noting a fault."""
    at = draft.word.at
    try:
        kind = find_tool(draft.word.text, reader.plugins)
        settings = _settings(kind, draft, reader)
        if settings is BROKEN:
            return None
        item = replace(_unnamed(draft, kind, settings), module=_module(kind, settings, reader), instead=instead)
        tools = item.tools()
    except WordError as error:
        reader.unusable(at, error)
        return None
    except FaultFound as error:  # in a file of Python
        reader.findings.lines.setdefault(error.at.file, _lines(Path(error.at.file)))
        reader.findings.fault(error.at, error.text, error.hint)
        return None
    nodes: dict[str, Node] = {name: node for name, (_, node) in draft.settings.items()}
    return Made(replace(item, names=tuple(each.name for each in tools)), tools, nodes, at)


def _unnamed(draft: Draft, kind: type[Tool], settings: Any) -> ToolItem:
    word, at = draft.word.text, draft.word.at
    return ToolItem(word=word, kind=kind, settings=settings, file=at.file, line=at.line, column=at.column)


def _settings(kind: type[Tool], draft: Draft, reader: Reader) -> Any:
    """Read an item's settings; of those taken over from a tool of which it has the place, the ones that it can have."""
    known = {field.name for field in spec.fields(kind.Settings)}
    entries = [entry for name, entry in draft.settings.items() if name in known or name not in draft.kept]
    return reader.struct(kind.Settings, entries, draft.word.at, f"`{clipped(draft.word.text)}`")


def _module(kind: type[Tool], settings: Any, reader: Reader) -> str:
    """Run the tool's file of Python, if it has one, and return its module's name. Raises WordError."""
    path = kind.code(settings)
    if path is None:
        return ""
    shown = path.name
    if not any(real(path).is_relative_to(top) for top in reader.tops):
        raise WordError(f"`{shown}` lies outside the config's folder")
    run = plugins.known if reader.plugins.run_already else plugins.run
    return run(real(path), shown).__name__


def _swap(made: list[Made], key: Scalar, draft: Draft, reader: Reader) -> None:
    """Put an item in the place of one tool of a file; raises FaultFound."""
    name = key.text.removeprefix(PREFIX)
    index = next((index for index, each in enumerate(made) if name in each.item.names), None)
    if index is None:
        raise FaultFound(key.at, f"there is no tool `{clipped(name)}`", did_you_mean(name, list(_names(made))))
    old = made[index]
    if not old.item.module:
        raise FaultFound(key.at, f"`{clipped(name)}` is one of several tools of `{old.item.word}`", "swap all of it")
    one = replace(old.item, names=(name,))
    named = Scalar(at=key.at, text="name")
    draft.settings.setdefault("name", (named, Scalar(at=key.at, text=name)))
    if (new := _item(draft, reader, one)) is None:
        return
    rest = tuple(each for each in old.item.names if each != name)
    left = Made(replace(old.item, names=rest), tuple(it for it in old.tools if it.name != name), old.nodes, old.at)
    made[index : index + 1] = [left, new]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _names(made: list[Made]) -> Iterator[str]:
    for each in made:
        yield from each.item.names
