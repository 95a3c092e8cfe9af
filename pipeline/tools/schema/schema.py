"""`schema`: a config as JSON Schema (draft 7), for completion, hover texts and units in editors.

It refuses nothing that `check` accepts, except the address of a step that only a plug-in has, and a word that
is allowed by the `plugins` of another file. Rules across fields, files and variables, and the bounds of durations, are
left to `check`. A step whose extra is not installed here has its settings from the schema that Kav ships.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.plugins import NONE, Plugins
from pipeline.config import shipped
from pipeline.config.loading import MAX_STEPS
from pipeline.config.toplevel import GROUPS, Changes, Keys
from pipeline.faults import MissingExtra, WordError
from pipeline.installation import INSTALLED
from pipeline.processor import Processor
from pipeline.tools.list.listing import words
from pipeline.tools.output import put
from pipeline.tools.schema.tools import tool_definitions, tool_settings
from pipeline.tools.schema.types import VARIABLE, described, struct

FILE = shipped.FOLDER / "kav.schema.json"
LINE = "# yaml-language-server: $schema="

_NUMBERED = r"\[[0-9]{1,3}\]"
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
Json = dict[str, Any]
Words = Mapping[str, Json]  # the schema of each word's settings, described by the word's sentence


def write(out: Path | None, own: Plugins = NONE) -> int:
    """Print the schema, or write it to a file; return the exit code. Raises KavError if it cannot be written."""
    put(json.dumps(schema(own), indent=1, ensure_ascii=False) + "\n", out)
    return 0


def line(folder: Path) -> str:
    """Return the comment that points an editor to the schema: the repository's, or one beside the config."""
    return f"{LINE}{FILE.name if INSTALLED else Path(os.path.relpath(FILE, folder)).as_posix()}"


def schema(own: Plugins = NONE) -> Json:
    """Return the schema, a config's own processors among the words. Raises WordError if one of those is faulty."""
    known = {word: _settings(word, kind) for word, kind in words(own)}
    tools = tool_settings(own)
    keys = {field.name: described(field) for field in spec.fields(Keys)}
    changes = _changes(known)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Kav config",
        "type": "object",
        "properties": keys | changes,
        "additionalProperties": False,
        "anyOf": [{"required": ["pipeline"]}, {"required": ["extends"]}],
        **({"if": {"required": ["plugins"]}, "else": _known(known)} if own == NONE else {"allOf": [_known(known)]}),
        "definitions": {
            "variable": VARIABLE,
            "address": _address(known),
            "insertion": _insertion(),
            "step": _step(known, rf"^{_NAME}(\.{_NAME})*$"),
            **{f"{purpose}-step": _step(some, _akin(purpose)) for purpose, some in _backed(known).items()},
            **known,
            **tool_definitions(tools),
        },
    }


def _changes(known: Words) -> dict[str, Json]:
    """Return the schemas of the keys that make the steps, or change those of another config."""
    changes = {field.name: described(field) for field in spec.fields(Changes)}
    changes["pipeline"] |= {"type": "array", "items": _ref("step"), "minItems": 1, "maxItems": MAX_STEPS}
    swaps = dict.fromkeys((*_purposes(known), *known), _ref("step"))
    changes["swap"] |= _addressed(known, swaps, _ref("step"), _NUMBERED)
    changes["swap"]["patternProperties"][r"^tools\."] = _ref("tool")
    changes["tools"] |= {"items": _ref("tool")}
    del changes["insert"]["type"], changes["insert"]["items"]
    changes["insert"] |= {"anyOf": [_ref("insertion"), {"type": "array", "items": _ref("insertion")}]}
    changes["drop"] |= {"items": _ref("address")}
    changes["set"] |= _addressed(known, _settable(known), {}, rf"{_NUMBERED}\.[a-z_]+")
    changes["set"]["patternProperties"][r"^tools\.[a-z][a-z0-9_.]*\.[a-z_]+$"] = {}
    return changes


def _address(known: Words) -> Json:
    """Return the schema of the address of a step: a word, a capability, a numbered one, or a plug-in's word."""
    named = sorted({*known, *map(catalog.capability, known)})
    own = _any({word.partition(".")[0] for word in named})
    pattern = rf"^({_any(named)}){_NUMBERED}$|^(?!({own})([.\[]|$))[A-Za-z_]"
    return {"anyOf": [{"enum": named}, {"type": "string", "pattern": pattern}]}


def _insertion() -> Json:
    """Return the schema of one item of `insert`."""
    return {
        "type": "object",
        "properties": {
            "before": _ref("address"),
            "after": _ref("address"),
            "steps": {"type": "array", "items": _ref("step"), "minItems": 1},
        },
        "required": ["steps"],
        "oneOf": [{"required": ["before"]}, {"required": ["after"]}],
        "additionalProperties": False,
    }


def _step(known: Words, others: str) -> Json:
    """Return the schema of a step: a word alone, or with its settings. `others`, words of plug-ins, may have any."""
    bare = {word: each["description"] for word, each in known.items() if "required" not in each}
    plain = [{"enum": list(bare), "markdownEnumDescriptions": list(bare.values())}] if bare else []
    settings = {word: _or_nothing(word, bare[word]) if word in bare else _ref(word) for word in known}
    keyed = {"type": "object", "properties": settings, "patternProperties": {others: {}}}
    alone = {"type": "string", "pattern": others}
    return {"anyOf": [*plain, {**keyed, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}, alone]}


def _known(known: Words) -> Json:
    """Require that each step's word is one of these or a package's: a pattern, as editors would propose an `enum`."""
    pattern = rf"^({_any(known)})$|{_packaged()}"
    step = {"pattern": pattern, "propertyNames": {"pattern": pattern}}
    insertion = {"properties": {"steps": {"items": step}}}
    return {
        "properties": {
            "pipeline": {"items": step},
            "swap": {"patternProperties": {r"^(?!tools\.)": step}},
            "insert": {**insertion, "items": insertion},
        }
    }


def _akin(purpose: str) -> str:
    """Return the pattern of a plug-in's word for this capability."""
    return rf"^{purpose}(\.{_NAME})+$|{_packaged()}"


def _packaged() -> str:
    """Return the pattern of a package's word: its first part is none of Kav's."""
    return rf"^(?!({_any({word.partition('.')[0] for word in catalog.words()})})(\.|$)){_NAME}(\.{_NAME})+$"


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names)).replace(".", r"\.")


def _settings(word: str, kind: type[Processor] | WordError) -> Json:
    """Return the schema of a step's settings: the shipped one if its extra is missing. Raises any other WordError."""
    if isinstance(kind, MissingExtra) and word in _shipped():
        return _shipped()[word]
    if isinstance(kind, WordError):
        raise kind
    return {"description": spec.doc(kind), **struct(kind.Settings, word)}


@cache
def _shipped() -> Words:
    """Return the definitions of the schema that Kav ships, which was written with every extra installed."""
    definitions: Words = json.loads(FILE.read_text(encoding="utf-8"))["definitions"]
    return definitions


def _or_nothing(word: str, description: str) -> Json:
    """Return settings that may be left out; not suggested, as yaml-language-server would propose the word twice."""
    return {"anyOf": [_ref(word), {"type": "null"}], "description": description, "doNotSuggest": True}


def _purposes(known: Words) -> dict[str, dict[str, Json]]:
    """Return the words of each capability."""
    purposes: dict[str, dict[str, Json]] = {}
    for word, settings in known.items():
        purposes.setdefault(catalog.capability(word), {})[word] = settings
    return purposes


def _backed(known: Words) -> dict[str, dict[str, Json]]:
    """Return the capabilities with a word that takes fallbacks."""
    return {purpose: some for purpose, some in _purposes(known).items() if _falls_back(purpose, some)}


def _falls_back(purpose: str, some: Words) -> bool:
    steps = _ref(f"{purpose}-step")
    return any(field.get("items") == steps for each in some.values() for field in each["properties"].values())


def _settable(known: Words) -> dict[str, Json]:
    """Return the schema of each address in `set`: fields of steps, fields of groups, and keys."""
    found = {field.name: {"$ref": f"#/properties/{field.name}"} for field in spec.fields(Keys)}
    for group in GROUPS:
        kind, _ = spec.inner(next(field.type for field in spec.fields(Keys) if field.name == group))
        names = [field.name for field in spec.fields(kind)]
        found |= {f"{group}.{name}": {"$ref": f"#/properties/{group}/properties/{name}"} for name in names}
    for address, some in (*_purposes(known).items(), *((word, {word: each}) for word, each in known.items())):
        for name in dict.fromkeys(name for each in some.values() for name in each["properties"]):
            found[f"{address}.{name}"] = _either(
                {"$ref": f"#/definitions/{word}/properties/{name}"}
                for word, each in some.items()
                if name in each["properties"]
            )
    return found


def _addressed(known: Words, keys: Mapping[str, Json], numbered: Json, rest: str) -> Json:
    """Return an object with keys that address steps: the known ones, numbered ones, and those of plug-ins."""
    own = _any({"tools", *(key.partition(".")[0] for key in keys)})
    words = _any({*known, *map(catalog.capability, known)})
    patterns = {rf"^({words}){rest}$": numbered, rf"^(?!({own})([.\[]|$))[A-Za-z_]": numbered}
    return {"type": "object", "properties": dict(keys), "patternProperties": patterns, "additionalProperties": False}


def _either(options: Iterable[Json]) -> Json:
    made: Sequence[Json] = list(options)
    return made[0] if len(made) == 1 else {"anyOf": made}


def _ref(name: str) -> Json:
    return {"$ref": f"#/definitions/{name}"}
