"""Writing values as a config has them: one line of YAML that reads back as the same value, except secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import msgspec
import yaml

from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItem
from pipeline.config.toplevel import Config, Keys
from pipeline.config.yaml.scalars import core, span
from pipeline.file_stamps import real
from pipeline.redaction.secrets import masked
from pipeline.settings import Secret

_PLAIN = re.compile(r"[^\W\d_](?:[\w .'+/-]*[\w.+/-])?")  # text that needs no quotes anywhere
_BARE = re.compile(r"\w[\w.+/-]*(?: [\w.+/-]+)*")  # text that needs no quotes in a list
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::-[^{}]*)?\}")


def written(value: Any, annotation: Any = Any) -> str:
    """Write a value of this type as YAML in one line: durations with their unit, text in quotes where it needs them."""
    bare, said = spec.inner(annotation)
    if said.get("kind") == "duration" and isinstance(value, int | float):
        return span(value)
    if isinstance(value, msgspec.Struct):
        return _flow(
            (each.name, written(getattr(value, each.attribute), each.type)) for each in spec.fields(type(value))
        )
    if isinstance(value, Mapping):
        kind = (*get_args(bare), Any, Any)[1]
        return _flow((text(str(key)), written(each, kind)) for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        kind = (*get_args(bare), Any)[0]
        return "[" + ", ".join(written(each, kind) for each in value) + "]"
    return text(value.replace("${", "$${")) if type(value) is str else _scalar(value)


def sample(value: Any) -> str:
    """Write an example's value as YAML, as `written` does, leaving its `${VARIABLES}` as they are."""
    if isinstance(value, Mapping):
        return _flow((text(str(key)), sample(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(sample, value)) + "]"
    return _scalar(value)


def text(words: str) -> str:
    """Write text as YAML: plain if it cannot be misread, otherwise in double quotes."""
    if _PLAIN.fullmatch(words) and isinstance(core(words), str):
        return words
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}" for char in json.dumps(words, ensure_ascii=False)
    )


def scalar(words: str, plain: bool) -> str:
    """Write a scalar as it was written, quoted only if it was not `plain` or cannot stand plain in a list."""
    if plain and (_BARE.fullmatch(words) or not isinstance(core(words), str)):
        return words or "null"
    return text(words)


def variables(yaml: str) -> list[str]:
    """Return the names of the variables in a piece of YAML."""
    return _VARIABLE.findall(yaml)


def _scalar(value: Any) -> str:
    if isinstance(value, Enum):
        return _scalar(value.value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(value)
    return text(str(value) if value else "")  # a secret's `str` does not show it


def _flow(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def plain(config: Config) -> str:
    """Write a config as YAML of the same meaning, with `•••` in the place of each secret, in any text."""
    keys = {field.name: _plain(getattr(config, field.attribute), field.type) for field in spec.fields(Keys)}
    content = {**keys, "pipeline": [_plain(step, Step) for step in config.steps], **_tools(config)}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def file_of(item: ToolItem, config: Config) -> str:
    """Return the path of a tool's file of Python, relative to the config's folder; blank if it has none."""
    path = item.kind.code(item.settings)
    if path is None:
        return ""
    top = real(config.path).parent
    return real(path).relative_to(top).as_posix() if real(path).is_relative_to(top) else path.name


def _tools(config: Config) -> dict[str, Any]:
    """Return the keys of the tools; a stand-in of a function is a swap, after the file that it is in."""
    items = {id(it.instead): it.instead for it in config.tools if it.instead is not None}
    plain = [it for it in config.tools if it.instead is None]
    whole = [it for it in items.values() if not any(_same(it, each) for each in plain)]
    found: dict[str, Any] = {}
    if config.tools:
        found["tools"] = [_item(it, config) for it in (*plain, *whole)]
    if swaps := {f"tools.{it.names[0]}": _item(it, config) for it in config.tools if it.instead is not None}:
        found["swap"] = swaps
    return found


def _same(item: ToolItem, other: ToolItem) -> bool:
    return item.place == other.place


def _item(item: ToolItem, config: Config) -> Any:
    settings = _plain(item.settings)
    for name in item.settings.__struct_fields__ if item.module else ():
        if getattr(item.settings, name) == item.kind.code(item.settings):
            settings[name] = file_of(item, config)
    return {item.word: settings}


def _plain(value: Any, annotation: Any = None) -> Any:
    bare, said = spec.peel(annotation)
    bare, more = spec.peel(spec.optional(bare) or bare)
    if isinstance(value, Step):
        settings = _plain(value.settings)
        return {value.word: settings} if settings else value.word
    if isinstance(value, msgspec.Struct):
        return {field.name: _plain(getattr(value, field.attribute), field.type) for field in spec.fields(type(value))}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Secret):
        return str(value) if value.reveal() else ""
    if isinstance(value, str | Path):
        return masked(str(value)).replace("${", "$${")
    return f"{value!r}s" if value is not None and "duration" in (said | more).values() else value
