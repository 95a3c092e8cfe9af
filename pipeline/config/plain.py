"""A checked config as YAML again: everything filled in, nothing that it stands on but files, and no secret."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import yaml

from pipeline import spec
from pipeline.config.keys import Config, Keys
from pipeline.spec import Secret, Step


def plain(config: Config) -> str:
    """The YAML of a config that means the same, with `•••` in the place of each secret."""
    keys = {field.name: _plain(getattr(config, field.name), field.type) for field in spec.fields(Keys)}
    content = {**keys, "pipeline": [_plain(step, Step) for step in config.steps]}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _plain(value: Any, annotation: Any = None) -> Any:
    bare, said = spec.peel(annotation)
    bare, more = spec.peel(spec.optional(bare) or bare)
    if isinstance(value, Step):
        settings = _plain(value.settings)
        return {value.word: settings} if settings else value.word
    if isinstance(value, msgspec.Struct):
        return {field.name: _plain(getattr(value, field.name), field.type) for field in spec.fields(type(value))}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Secret):
        return str(value) if value.reveal() else ""
    if isinstance(value, str | Path):
        return str(value).replace("${", "$${")
    return f"{value!r}s" if value is not None and "duration" in (said | more).values() else value
