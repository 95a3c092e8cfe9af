"""The types of settings as JSON Schema."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec

from pipeline import catalog
from pipeline.catalog import Steps, ToolItems, spec
from pipeline.catalog.spec import Field, Step
from pipeline.config.convert import bounds
from pipeline.config.writing import written
from pipeline.config.yaml.scalars import span
from pipeline.faults import clipped
from pipeline.settings import FilePath, Secret
from pipeline.tools.show.settings import type_name

Json = dict[str, Any]

VARIABLE = {
    "description": "A variable of the environment: ${NAME}, or ${NAME:-what it is if unset}.",
    "type": "string",
    "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}",
}
_SPAN = r"^\s*[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s?(ms|s|min|h|d|w)\s*$"
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", Secret: "string", FilePath: "string"}
_LIMITS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}


def struct(kind: type[msgspec.Struct], word: str = "") -> Json:
    """Return the schema of a struct's keys and values; `word` is the step that they belong to."""
    fields = spec.fields(kind)
    required = [field.name for field in fields if field.required]
    return {
        "type": "object",
        "properties": {field.name: described(field, word) for field in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def described(field: Field, word: str = "") -> Json:
    """Return a setting's schema with its hover text: sentence, type, unit, bounds and default."""
    _, said = spec.inner(field.type)
    default = "required" if field.required else f"default: {clipped(written(field.default, field.type))}"
    facts = ", ".join(each for each in (type_name(field.type), field.unit, bounds(said), default) if each)
    text = {"description": field.doc, "markdownDescription": f"{field.doc}\n\n*{facts}*"}
    return {**value(field.type, word), **text, **_default(field, said)}


def value(annotation: Any, word: str = "") -> Json:
    """Return the schema of a value of this type, or of a `${VARIABLE}` in its place."""
    bare, said = spec.inner(annotation)
    made = _value(bare, said, word)
    nothing = spec.optional(spec.peel(annotation)[0]) is not None
    options = [made, *([{"$ref": "#/definitions/variable"}] if _constrained(made) else [])]
    options += [{"type": "null"}] if nothing else []
    return made if len(options) == 1 else {"anyOf": options}


def _value(bare: Any, said: dict[str, Any], word: str) -> Json:
    if said.get("kind") == "duration":
        return {"type": "string", "pattern": _SPAN}
    if allowed := spec.choices(bare):
        return {"enum": [getattr(each, "value", each) for each in allowed]}
    if bare == Steps:
        return {"type": "array", "items": {"$ref": f"#/definitions/{catalog.capability(word)}-step" if word else "#"}}
    if bare == ToolItems:
        return {"type": "array"}
    if get_origin(bare) in (list, tuple, set, frozenset):
        least = {"minItems": said["min_length"]} if "min_length" in said else {}
        return {"type": "array", "items": value(get_args(bare)[0], word), **least}
    if get_origin(bare) is dict:
        return {"type": "object", "additionalProperties": value(get_args(bare)[1], word)}
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and bare is not Step:
        return struct(bare, word)
    limits = {theirs: said[ours] for ours, theirs in _LIMITS.items() if ours in said}
    return {"type": _TYPES[bare], **limits} if bare in _TYPES else {}


def _constrained(made: Json) -> bool:
    """True if the schema is of a single value and would refuse a variable."""
    return (made.get("type") not in ("array", "object", None) and made != {"type": "string"}) or "enum" in made


def _default(field: Field, said: dict[str, Any]) -> Json:
    """Return the default for completion; none for free text, as an editor would fill it in wherever it can."""
    value = getattr(field.default, "value", field.default)
    if said.get("kind") == "duration" and not field.required and value is not None:
        return {"default": span(value)}
    return {"default": value} if isinstance(value, bool | int | float) or (field.choices and value) else {}
