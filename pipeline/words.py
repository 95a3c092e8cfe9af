"""A YAML word → the one processor class of its module.

The word is the file's path: `asr.google` is processors/asr/google.py, `pacer` is processors/pacer.py. A third-party
processor is named by its module's dotted path, if the config's `plugins` name its package.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from pipeline.faults import MissingExtra, WordError, clipped, did_you_mean
from pipeline.processor import Processor

FOLDER = "processors"

_WORD = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*", re.IGNORECASE)
_BROKEN_MODULE = (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError, OSError)


@cache
def words() -> tuple[str, ...]:
    """Every word that has a file of its own, sorted; nothing is imported for it."""
    found = importlib.util.find_spec(FOLDER)
    folders = [Path(folder) for folder in (found.submodule_search_locations or ())] if found else []
    paths = (path.relative_to(folder).with_suffix("") for folder in folders for path in folder.rglob("*.py"))
    return tuple(sorted({".".join(path.parts) for path in paths if not any(part[0] in "_." for part in path.parts)}))


def capability(word: str) -> str:
    """What a word is for: `asr.google` → `asr`, `pacer` → `pacer`; of a plug-in, its package left out."""
    first, *rest = word.split(".")
    if not rest or first in _capabilities():
        return first
    return rest[-2] if len(rest) > 1 else rest[0]


def find(word: str, plugins: Iterable[str] = ()) -> type[Processor]:
    """The class that a word names; raises WordError."""
    if word in words():
        return _class(_import(f"{FOLDER}.{word}", word), word)
    if not _WORD.fullmatch(word) or "." not in word:
        raise WordError(f"no processor `{clipped(word)}`", did_you_mean(word, words()) or _way_out(word))
    if word.partition(".")[0] not in plugins:
        raise WordError(f"no processor `{word}`", did_you_mean(word, words()) or _way_out(word))
    return _class(_import(word, word), word)


def _way_out(word: str) -> str:
    """What to write in the place of a word that looks like no other."""
    first = word.partition(".")[0]
    kin = [f"`{each}`" for each in words() if capability(each) == first]
    if kin:
        return f"there is {', '.join(kin)}"
    if not _WORD.fullmatch(word):
        return ""
    own = first != word
    return f"one of your own? list its package: `plugins: [{first}]`" if own else "`run.py list` names all there are"


@cache
def _capabilities() -> frozenset[str]:
    return frozenset(word.partition(".")[0] for word in words())


def _import(path: str, word: str) -> ModuleType:
    try:
        return importlib.import_module(path)
    except MissingExtra as error:
        raise WordError(f"`{word}` {error.text}", error.hint) from None
    except ModuleNotFoundError as error:
        if path == error.name or path.startswith(f"{error.name}."):
            raise WordError(f"no module `{error.name}` for `{word}`") from None
        raise WordError(f"`{word}` needs the package `{error.name}`, which is not installed") from None
    except _BROKEN_MODULE as error:
        raise WordError(f"`{word}` cannot be imported: {type(error).__name__}: {error}") from error


def _class(module: ModuleType, word: str) -> type[Processor]:
    """The one processor that a module is there for: the one in its `__all__`, or the one that it defines."""
    named = getattr(module, "__all__", None)
    found = [
        each
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, Processor)
        if (name in named if named is not None else each.__module__ == module.__name__ and name[0] != "_")
    ]
    if len(found) != 1:
        count = "no processor" if not found else f"{len(found)} processors"
        raise WordError(f"`{word}` is a module with {count} in it, not one")
    return found[0]
