"""`list` and `show`: what processors there are, and what one of them takes, gives and may be set."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_origin

import msgspec

from pipeline import spec
from pipeline.config.convert import bounds
from pipeline.config.scalars import span
from pipeline.faults import WordError
from pipeline.processor import Processor
from pipeline.spec import Field, FilePath, Secret, Steps

WIDTH = 110  # columns

_NAMES = {bool: "true or false", int: "whole number", float: "number", str: "text", Secret: "secret", FilePath: "file"}


def list_processors() -> int:
    """Print every word with its sentence and what it takes and gives; returns the exit code."""
    words = spec.words()
    margin = max(map(len, words), default=0) + 2
    for word in words:
        try:
            kind = spec.find(word)
        except WordError as error:
            print(f"{word:<{margin}}cannot be used here: {error.text}" + (f" ({error.hint})" if error.hint else ""))
            continue
        print(f"{word:<{margin}}{spec.doc(kind)}")
        print(f"{'':<{margin}}{_kinds(spec.takes(kind))} → {_kinds(spec.gives(kind))}")
    return 0


def show(word: str) -> int:
    """Print all there is to know about one word; returns the exit code."""
    try:
        word, kind = spec.named(word)
    except WordError as error:
        print(error.text + (f"\n  {error.hint}" if error.hint else ""))
        return 1
    print(f"{word}: {spec.doc(kind)}\n")
    for name, content in _facts(kind):
        print(f"  {name:<7}{content}")
    settings = spec.fields(kind.Settings)
    print("\n  settings" if settings else "\n  no settings")
    for line in _table([_row(field) for field in settings]):
        print(f"    {line}")
    print(f"\n  example\n    - {_example(word, settings)}")
    return 0


def type_name(annotation: Any) -> str:
    """A setting's type as people call it."""
    bare, said = spec.peel(annotation)
    if (inner := spec.optional(bare)) is not None:
        return type_name(inner)
    if said.get("kind") == "duration":
        return "duration"
    if bare == Steps:
        return "list of steps"
    if allowed := spec.choices(bare):
        return "one of " + ", ".join(str(getattr(each, "value", each)) for each in allowed)
    if get_origin(bare) in (list, tuple, set, frozenset):
        return f"list of {type_name(get_args(bare)[0])}"
    if get_origin(bare) is dict:
        return f"names with {type_name(get_args(bare)[1])}"
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return "{" + ", ".join(field.name for field in spec.fields(bare)) + "}"
    return _NAMES.get(bare, "anything")


def _facts(kind: type[Processor]) -> Iterable[tuple[str, str]]:
    yield "takes", _kinds(spec.takes(kind))
    yield "gives", _kinds(spec.gives(kind))
    for name, content in (
        ("holds", ", ".join(each.__name__ for each in kind.holds)),
        ("hears", ", ".join(each.__name__ for each in spec.hears(kind))),
        ("raises", ", ".join(each.__name__ for each in kind.gives if each not in spec.gives(kind))),
        ("needs", ", ".join(kind.needs)),
    ):
        if content:
            yield name, content


def _kinds(kinds: Sequence[type]) -> str:
    return ", ".join(each.__name__ for each in kinds) or "nothing"


def _row(field: Field) -> tuple[str, str, str, str, str]:
    _, said = spec.peel(spec.optional(field.type) or field.type)
    kind = type_name(field.type) + (f", {field.unit}" if field.unit else "")
    default = "required" if field.required else _written(field.default, said)
    return field.name, kind, bounds(said), default, field.doc


def _written(default: Any, said: dict[str, Any]) -> str:
    """A default as a config would have it."""
    if said.get("kind") == "duration":
        return span(default)
    if default is None or default == "" or default == () or default == [] or default == {}:
        return "-"
    if isinstance(default, msgspec.Struct):
        return "{…}"
    return str(default).lower() if isinstance(default, bool) else str(getattr(default, "value", default))


def _table(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """Rows in columns; the last cell runs over as many lines as it needs."""
    if not rows:
        return
    heads = ("name", "type", "bounds", "default", "doc")
    widths = [min(28, max(len(row[column]) for row in (heads, *rows))) for column in range(4)]
    margin = sum(widths) + 2 * len(widths)
    for row in (heads, *rows):
        cells = "".join(f"{_short(cell, width):<{width}}  " for cell, width in zip(row[:4], widths, strict=True))
        lines = textwrap.wrap(row[4], max(30, WIDTH - margin)) or [""]
        yield (cells + lines[0]).rstrip()
        yield from (" " * margin + line for line in lines[1:])


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _example(word: str, settings: Sequence[Field]) -> str:
    """The smallest step that this can be."""
    given = ", ".join(f"{field.name}: {_sample(field)}" for field in settings if field.required)
    return f"{word}: {{{given}}}" if given else word


def _sample(field: Field) -> str:
    if field.secret:
        return f'"${{{field.name.upper()}}}"'
    if field.choices:
        return str(getattr(field.choices[0], "value", field.choices[0]))
    if field.ge is not None and type_name(field.type) != "duration":
        return f"{field.ge:g}"
    samples = {"duration": "300ms", "whole number": "1", "number": "1.0", "true or false": "true", "file": "file.txt"}
    name = type_name(field.type)
    return "[…]" if name.startswith("list") else "{…}" if name[0] in "n{" and "with" in name else samples.get(name, "…")
