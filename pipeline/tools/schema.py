"""`schema`: what a config may have in it, as JSON Schema (draft 7) for editors: completion, hover texts, units.

It refuses nothing that `check` accepts, but an address in `set` or `swap` that only a plug-in has. What spans fields,
files, variables and the bounds of durations only `check` can tell.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline import spec
from pipeline.config.keys import GROUPS, Changes, Keys
from pipeline.config.loading import MAX_STEPS
from pipeline.tools.output import put
from pipeline.tools.schema_types import VARIABLE, described, struct

FILE = Path(__file__).parents[2] / "configs" / "kav.schema.json"
LINE = "# yaml-language-server: $schema="

_NUMBERED = r"\[[0-9]{1,3}\]"
Json = dict[str, Any]


def write(out: Path | None) -> int:
    """Print the schema, or write it to a file; returns the exit code. Raises KavError if it cannot be written."""
    put(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", out)
    return 0


def line(folder: Path) -> str:
    """The comment that makes an editor use the schema for a config in this folder: Kav's own, or one beside it."""
    return f"{LINE}{Path(os.path.relpath(FILE, folder)).as_posix() if FILE.is_file() else FILE.name}"


def schema() -> Json:
    """Every key of a config. Raises WordError if a processor lacks its package here."""
    kinds = {word: spec.find(word).Settings for word in spec.words()}
    keys = {field.name: described(field) for field in spec.fields(Keys)}
    changes = {field.name: described(field) for field in spec.fields(Changes)}
    changes["pipeline"] |= {"type": "array", "items": _ref("step"), "minItems": 1, "maxItems": MAX_STEPS}
    changes["swap"] |= _addressed(dict.fromkeys((*_purposes(kinds), *kinds), _ref("step")), _ref("step"), _NUMBERED)
    changes["set"] |= _addressed(_settable(kinds), {}, rf"{_NUMBERED}\.[a-z_]+")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Kav config",
        "type": "object",
        "properties": keys | changes,
        "additionalProperties": False,
        "anyOf": [{"required": ["pipeline"]}, {"required": ["extends"]}],
        "definitions": {
            "variable": VARIABLE,
            "step": _step(kinds),
            **{f"{purpose}-step": _step(own) for purpose, own in _purposes(kinds).items()},
            **{word: {"description": spec.doc(spec.find(word)), **struct(kind, word)} for word, kind in kinds.items()},
        },
    }


def _step(kinds: Mapping[str, type[msgspec.Struct]]) -> Json:
    """A step: a word alone, or a word with its settings; of plug-ins nothing is known but their dotted names."""
    bare = [word for word, kind in kinds.items() if not _needs(kind)]
    plain = [{"enum": bare, "markdownEnumDescriptions": [spec.doc(spec.find(word)) for word in bare]}] if bare else []
    settings = {word: _ref(word) if _needs(kind) else _or_nothing(word) for word, kind in kinds.items()}
    keyed = {"type": "object", "properties": settings, "patternProperties": {_plugin(): {}}}
    alone = {"type": "string", "pattern": _plugin()}
    return {"anyOf": [*plain, {**keyed, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}, alone]}


def _plugin() -> str:
    """What a word looks like that is none of the house's."""
    own = "|".join(sorted({word.partition(".")[0] for word in spec.words()}))
    return rf"^(?!({own})(\.|$))[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$"


def _needs(kind: type[msgspec.Struct]) -> bool:
    return any(field.required for field in spec.fields(kind))


def _or_nothing(word: str) -> Json:
    """Settings that may be left out; completion proposes the word alone, which yaml-language-server would double."""
    doc = spec.doc(spec.find(word))
    return {"anyOf": [_ref(word), {"type": "null"}], "description": doc, "doNotSuggest": True}


def _purposes(kinds: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The words of each capability that has several."""
    purposes: dict[str, dict[str, Any]] = {}
    for word, kind in kinds.items():
        purposes.setdefault(spec.capability(word), {})[word] = kind
    return {purpose: own for purpose, own in purposes.items() if purpose not in own}


def _settable(kinds: Mapping[str, type[msgspec.Struct]]) -> dict[str, Json]:
    """What `set` may name: fields of steps, fields of groups, and keys."""
    found = {field.name: {"$ref": f"#/properties/{field.name}"} for field in spec.fields(Keys)}
    for group in GROUPS:
        kind, _ = spec.inner(next(field.type for field in spec.fields(Keys) if field.name == group))
        names = [field.name for field in spec.fields(kind)]
        found |= {f"{group}.{name}": {"$ref": f"#/properties/{group}/properties/{name}"} for name in names}
    for address, words in (*_purposes(kinds).items(), *((word, (word,)) for word in kinds)):
        for name in dict.fromkeys(field.name for word in words for field in spec.fields(kinds[word])):
            found[f"{address}.{name}"] = _either(
                {"$ref": f"#/definitions/{word}/properties/{name}"}
                for word in words
                if name in kinds[word].__struct_fields__
            )
    return found


def _addressed(known: Mapping[str, Json], numbered: Json, rest: str) -> Json:
    """Keys that name steps: those known, those with a number behind their address, and those of plug-ins."""
    own = "|".join(sorted({key.partition(".")[0] for key in known}))
    words = "|".join(sorted({*spec.words(), *map(spec.capability, spec.words())})).replace(".", r"\.")
    patterns = {rf"^({words}){rest}$": numbered, rf"^(?!({own})([.\[]|$))[A-Za-z_]": numbered}
    return {"type": "object", "properties": dict(known), "patternProperties": patterns, "additionalProperties": False}


def _either(options: Iterable[Json]) -> Json:
    made: Sequence[Json] = list(options)
    return made[0] if len(made) == 1 else {"anyOf": made}


def _ref(name: str) -> Json:
    return {"$ref": f"#/definitions/{name}"}
