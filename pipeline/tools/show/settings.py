"""A processor's settings as plain data, for `show`, docs/processors.md and starters."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec

from pipeline.catalog import Steps, ToolItems, spec
from pipeline.catalog.spec import Field
from pipeline.config.convert import bounds
from pipeline.config.writing import sample, written
from pipeline.processor import Processor
from pipeline.settings import FilePath, Secret

ITEMS: dict[Any, str] = {Steps: "steps", ToolItems: "tools"}  # types of lists whose items have a page of their own
_NAMES = {bool: "true or false", int: "whole number", float: "number", str: "text", Secret: "secret", FilePath: "file"}
_SAMPLES = {bool: True, int: 1, float: 1.0, str: "text", Secret: "${SECRET}", FilePath: "${FILE}"}


class Setting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A setting in words; `fields` are the settings inside it."""

    name: str
    type: str
    doc: str
    unit: str = ""
    bounds: str = ""
    default: str | None = None  # as YAML; None if it is required
    fields: tuple[Setting, ...] = ()


def settings_of(kind: type[msgspec.Struct]) -> tuple[Setting, ...]:
    """Return the settings of a struct, in the order of declaration."""
    return tuple(map(_setting, spec.fields(kind)))


def type_name(annotation: Any) -> str:
    """Return a setting's type in plain words."""
    bare, said = spec.inner(annotation)
    if "kind" in said:
        return str(said["kind"])
    if bare in ITEMS:
        return f"list of {ITEMS[bare]}"
    if allowed := spec.choices(bare):
        return "one of " + ", ".join(str(getattr(each, "value", each)) for each in allowed)
    if get_origin(bare) in (list, tuple, set, frozenset):
        return f"list of {type_name(get_args(bare)[0])}"
    if get_origin(bare) is dict:
        return f"names with {type_name(get_args(bare)[1])}"
    return "keys and values" if _struct(bare) else _NAMES.get(bare, "anything")


def example(word: str, kind: type[Processor]) -> str:
    """Return the smallest usable step as one line of YAML: required fields, and fields that declare a sample."""
    given = {field.name: value for field in spec.fields(kind.Settings) if (value := given_sample(field))}
    return f"{word}: {{{', '.join(f'{name}: {value}' for name, value in given.items())}}}" if given else word


def given_sample(field: Field) -> str:
    """Return a field's value in an example, as YAML; empty if it can be left out."""
    if field.sample is not None:
        return sample(field.sample)
    return _sample(field.type) if field.required else ""


def _sample(annotation: Any) -> str:
    """Return a value of this type as YAML, for a required field that declares no sample."""
    bare, said = spec.inner(annotation)
    if said.get("kind") == "duration" or bare in (int, float):
        least = said.get("ge", said.get("le", 1))
        return written(bare(least), annotation)
    if allowed := spec.choices(bare):
        return written(allowed[0])
    if get_origin(bare) in (list, tuple, set, frozenset):
        return f"[{_sample(get_args(bare)[0])}]" if bare not in ITEMS and said.get("min_length") else "[]"
    if _struct(bare):
        given = ((field.name, given_sample(field)) for field in spec.fields(bare))
        return "{" + ", ".join(f"{name}: {value}" for name, value in given if value) + "}"
    return sample(_SAMPLES.get(bare, {}))


def _setting(field: Field) -> Setting:
    _, said = spec.inner(field.type)
    return Setting(
        name=field.name,
        type=type_name(field.type),
        doc=field.doc,
        unit=field.unit,
        bounds=bounds(said) or ("1 or more" if said.get("min_length") else ""),
        default=None if field.required else written(field.default, field.type),
        fields=_inside(field.type),
    )


def _inside(annotation: Any) -> tuple[Setting, ...]:
    """Return the settings inside a type, also inside the items of a list or the values of a dict."""
    bare, _ = spec.inner(annotation)
    if _struct(bare):
        return settings_of(bare)
    kinds = [kind for kind in get_args(bare) if kind is not ...] if bare not in ITEMS else []
    return _inside(kinds[-1]) if kinds and get_origin(bare) in (list, tuple, dict) else ()


def _struct(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, msgspec.Struct)
