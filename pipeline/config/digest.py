"""A hash of a config's meaning: equal for two configs that are written differently and do the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItem
from pipeline.settings import Secret


def digest(value: Any) -> str:
    """Hash the meaning of a value, with secrets and the content of files: 12 hex digits."""
    return hashlib.sha256(msgspec.json.encode(_meaning(value), order="deterministic")).hexdigest()[:12]


def _meaning(value: Any) -> Any:
    """Return the meaning of a value as plain data: for a secret its hash, for a file the hash of its content."""
    if isinstance(value, Secret):
        return hashlib.sha256(value.reveal().encode("utf-8", "surrogatepass")).hexdigest()
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest()
    if isinstance(value, Step | ToolItem):
        replaced = [_meaning(value.instead)] if isinstance(value, ToolItem) and value.instead is not None else []
        return [value.word, _meaning(value.settings), *replaced]
    if isinstance(value, Enum):
        return _meaning(value.value)
    if isinstance(value, msgspec.Struct):
        return {name: _meaning(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): _meaning(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return [_meaning(each) for each in value] if isinstance(value, list | tuple) else value
