"""What a processor says about itself: its settings, what it takes, what it gives.

Settings are declared once, as a Struct whose fields are annotated with type, bounds, unit and one line of doc; reading,
messages and reference all come from that.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from pipeline.frames import Control, Frame
from pipeline.processor import Processor
from pipeline.settings import Secret

_NOTES = ("description", "ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "examples")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a pipeline, checked."""

    word: str
    kind: type[Processor]
    settings: Any  # of kind.Settings
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def where(self) -> str:
        """Its place in the YAML, for messages."""
        return f"{self.file}:{self.line}" if self.line else self.file


Steps = tuple[Step, ...]
"""A list of steps of the same capability as the one that it is a setting of."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, as its Settings declare it."""

    name: str
    type: Any  # as annotated
    default: Any = None
    required: bool = False
    doc: str = ""
    unit: str = ""
    ge: float | None = None
    le: float | None = None
    choices: tuple[Any, ...] = ()
    secret: bool = False
    sample: Any = None  # what an example sets it to
    deprecated: str = ""  # what to write instead


@cache
def fields(settings: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The settings that a Struct declares, in order."""
    return tuple(_field(each) for each in msgspec.structs.fields(settings))


def peel(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """The bare type of an annotation, and what its Metas say (`ge`, `description`, `kind`, …)."""
    if get_origin(annotation) is not Annotated:
        return annotation, {}
    bare, *notes = get_args(annotation)
    said: dict[str, Any] = {}
    for note in notes:
        if isinstance(note, Meta):
            said |= {name: getattr(note, name) for name in _NOTES if getattr(note, name) is not None}
            said |= note.extra or {}
    return bare, said


def optional(annotation: Any) -> Any:
    """What `X | None` allows besides None; nothing if the annotation does not allow None."""
    if get_origin(annotation) not in (Union, UnionType) or type(None) not in get_args(annotation):
        return None
    return Union[tuple(each for each in get_args(annotation) if each is not type(None))]  # noqa: UP007


def inner(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """The bare type of an annotation, a `| None` left out, and what all of its Metas say."""
    bare, said = peel(annotation)
    inmost, more = peel(optional(bare) or bare)
    return inmost, more | said


def choices(bare: Any) -> tuple[Any, ...]:
    """The values that a Literal or an Enum allows; none for any other type."""
    if get_origin(bare) is Literal:
        return get_args(bare)
    return tuple(bare) if isinstance(bare, type) and issubclass(bare, Enum) else ()


def fallbacks(step: Step) -> Iterator[Step]:
    """The steps that its `fallback` names, each followed by its own."""
    for each in getattr(step.settings, "fallback", ()):
        if isinstance(each, Step):
            yield each
            yield from fallbacks(each)


def takes(kind: type[Processor]) -> tuple[type[Frame], ...]:
    """The frames that a processor has handlers for."""
    return tuple(each for each in kind.handlers if issubclass(each, Frame))


def hears(kind: type[Processor]) -> tuple[type[Control], ...]:
    """The controls that a processor has handlers for."""
    return tuple(each for each in kind.handlers if issubclass(each, Control))


def gives(kind: type[Processor]) -> tuple[type[Frame], ...]:
    """The frames that a processor makes."""
    return tuple(each for each in kind.gives if issubclass(each, Frame))


def doc(kind: type[Processor]) -> str:
    """The first sentence that a processor says about itself."""
    paragraph = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return paragraph.split(". ")[0].rstrip(".") + "." if paragraph else ""


def _field(info: msgspec.structs.FieldInfo) -> Field:
    bare, said = inner(info.type)
    return Field(
        name=info.name,
        type=info.type,
        default=_default(info),
        required=info.required,
        doc=said.get("description", ""),
        unit=said.get("unit", ""),
        ge=said.get("ge"),
        le=said.get("le"),
        choices=choices(bare),
        secret=bare is Secret,
        sample=next(iter(said.get("examples", ())), None),
        deprecated=said.get("deprecated", ""),
    )


def _default(info: msgspec.structs.FieldInfo) -> Any:
    if info.default_factory is not msgspec.NODEFAULT:
        return info.default_factory()
    return None if info.default is msgspec.NODEFAULT else info.default
