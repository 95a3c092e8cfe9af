"""The declarations of a processor: its settings, the frames and controls that it takes and gives.

Settings are declared once, as a Struct whose fields are annotated with type, bounds, unit and one line of doc; reading,
messages and reference are all made from that.
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

from pipeline.faults import Place
from pipeline.frames import Control, Frame
from pipeline.processor import Kind, Processor
from pipeline.settings import Secret

_NOTES = ("description", "ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "examples")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A word with settings that stands in a YAML file."""

    word: str
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def where(self) -> str:
        """Its place in the YAML, for messages."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def place(self) -> Place:
        """The place of its word in the YAML, for faults."""
        return Place(self.file, self.line, self.column, len(self.word))


class Step(Written, frozen=True, kw_only=True):
    """A checked step of a pipeline."""

    kind: type[Processor]
    settings: Any  # of kind.Settings


Steps = tuple[Step, ...]
"""Steps in a step's settings, of the same capability as that step: its fallbacks."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A setting, as declared."""

    name: str  # as a config writes it
    attribute: str  # its name in Python
    type: Any  # as annotated
    default: Any = None
    required: bool = False
    doc: str = ""
    unit: str = ""
    ge: float | None = None
    le: float | None = None
    choices: tuple[Any, ...] = ()
    secret: bool = False
    sample: Any = None  # the value in examples and starters
    deprecated: str = ""  # the replacement to write instead; blank: not deprecated


@cache
def fields(settings: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the settings that a Struct declares, in order."""
    return tuple(_field(each) for each in msgspec.structs.fields(settings))


def peel(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """Return the bare type of an annotation, and the notes of its Metas (`ge`, `description`, `kind`, …)."""
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
    """Return the `X` of an annotation `X | None`; None if the annotation does not allow None."""
    if get_origin(annotation) not in (Union, UnionType) or type(None) not in get_args(annotation):
        return None
    return Union[tuple(each for each in get_args(annotation) if each is not type(None))]  # noqa: UP007


def inner(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """Return the bare type of an annotation without `| None`, and the notes of all its Metas."""
    bare, said = peel(annotation)
    inmost, more = peel(optional(bare) or bare)
    return inmost, more | said


def choices(bare: Any) -> tuple[Any, ...]:
    """Return the values that a Literal or an Enum allows; none for any other type."""
    if get_origin(bare) is Literal:
        return get_args(bare)
    return tuple(bare) if isinstance(bare, type) and issubclass(bare, Enum) else ()


def fallbacks(step: Step) -> Iterator[Step]:
    """Yield the steps of a step's `fallback`, each followed by its own fallbacks."""
    for each in getattr(step.settings, "fallback", ()):
        if isinstance(each, Step):
            yield each
            yield from fallbacks(each)


def takes(kind: type[Processor]) -> tuple[type[Frame], ...]:
    """Return the frames that a processor has handlers for."""
    return tuple(each for each in kind.handlers if issubclass(each, Frame))


def hears(kind: type[Processor]) -> tuple[type[Control], ...]:
    """Return the controls that a processor has handlers for."""
    return tuple(each for each in kind.handlers if issubclass(each, Control))


def required(kind: type[Processor]) -> tuple[Kind, ...]:
    """Return the frames and controls that a processor has handlers for and cannot do without.

    The others are declared `optional`, in its own class or in one that it derives from.
    """
    optional = {each for one in kind.__mro__ for each in vars(one).get("optional", ())}
    return tuple(each for each in kind.handlers if each not in optional)


def gives(kind: type[Processor]) -> tuple[type[Frame], ...]:
    """Return the frames that a processor makes."""
    return tuple(each for each in kind.gives if issubclass(each, Frame))


def doc(kind: type[Any]) -> str:
    """Return the first sentence of the docstring of a processor or a tool."""
    return first_sentence(inspect.cleandoc(kind.__doc__ or ""))


def first_sentence(docstring: str) -> str:
    """Return the first sentence of a docstring."""
    paragraph = docstring.split("\n\n")[0].replace("\n", " ")
    return paragraph.split(". ")[0].rstrip(".") + "." if paragraph else ""


def _field(info: msgspec.structs.FieldInfo) -> Field:
    bare, said = inner(info.type)
    return Field(
        name=info.encode_name,
        attribute=info.name,
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
