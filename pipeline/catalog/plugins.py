"""Plug-ins: processors and tools from the packages and files that a config's `plugins` allow, and their checks.

A file stands beside the config and its word is its path: `plugins: [shout.py]` makes the word `shout`, `asr/mine.py`
makes `asr.mine`. A processor or a tool of a package is named by its module's dotted path: `my_pkg.greeter`.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from pipeline.catalog import moved
from pipeline.faults import MissingExtra, NoProcessor, WordError, clipped

WORD = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*", re.IGNORECASE)


class Plugins(msgspec.Struct, frozen=True):
    """The plug-ins that a config may use: packages by name, and files by word.

    `run_already` allows only those whose code this process has run as it is now.
    """

    packages: tuple[str, ...] = ()
    files: Mapping[str, Path] = {}
    run_already: bool = False

    def __contains__(self, word: str) -> bool:
        return word in self.files or ("." in word and word.partition(".")[0] in self.packages)


class NotRun(WordError):
    """A plug-in's code has not been run, and is not to be."""


NONE = Plugins()
Class = TypeVar("Class")
_sources: dict[str, tuple[Path, bytes]] = {}


def word_of(path: str) -> str:
    """Return the word of a file, made of its path as written; blank if it cannot be a word."""
    word = ".".join(PurePosixPath(path).with_suffix("").parts)
    return word if WORD.fullmatch(word) and path.endswith(".py") else ""


def imported(name: str, word: str) -> ModuleType:
    """Import a module by its dotted name; raises WordError for any failure of the import."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The module itself is missing, or a package above it; otherwise it exists, and one of its own imports failed.
        if name == error.name or name.startswith(f"{error.name}."):
            raise WordError(f"no module `{error.name}` for `{word}`") from None
        raise _broken(error, word, name) from None
    except (Exception, SystemExit) as error:  # foreign code may raise anything
        raise _broken(error, word, name) from error


def run(path: Path, word: str) -> ModuleType:
    """Run a file as a module, a new one for each content of the file, so that calls under way keep the old one.

    Raises WordError for any failure of the file.
    """
    name, source = _named(path, word)
    return made(name, path, source, word)


def known(path: Path | None, word: str) -> ModuleType:
    """Return the module of a file, or without one of a package, that was run as it is now, running nothing.

    Raises NotRun if it was not, and WordError if the file cannot be read.
    """
    name = word if path is None else _named(path, word)[0]
    module = sys.modules.get(name)
    if module is None or (path is not None and name not in _sources):  # one that is still running is not there yet
        raise NotRun(f"`{word}` is a plug-in whose code has not run as it is now", "its step is checked once it has")
    return module


def _named(path: Path, word: str) -> tuple[str, bytes]:
    """Return the name of the module that a file makes as it is now, and its content; raises WordError."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise WordError(f"`{word}` cannot be read: {error.strerror}") from None
    return f"plugin_{sha256(str(path).encode() + b'|' + source).hexdigest()[:16]}", source


def made(name: str, path: Path, source: bytes, word: str) -> ModuleType:
    """Return the module of this name, made of a file's content unless it exists; raises WordError as `run` does."""
    if (known := sys.modules.get(name)) is not None:
        return known
    module = sys.modules[name] = ModuleType(name)  # registered first: annotations are looked up in it
    module.__file__ = str(path)
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # an import may find old bytecode
    except (Exception, SystemExit) as error:  # foreign code may raise anything
        del sys.modules[name]
        raise _broken(error, word, name) from error
    _sources[name] = path, source
    return module


def sources() -> Mapping[str, tuple[Path, bytes]]:
    """Return the files run so far, with their content at that time, by their modules' names."""
    return _sources


def source(kind: type[Any]) -> tuple[str, bytes] | None:
    """Return the file and the source of a class's module, as it was run; None if there is none."""
    if found := sources().get(kind.__module__):
        return found[0].name, found[1]
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    try:
        return (Path(file).name, Path(file).read_bytes()) if file else None
    except OSError:
        return None


def only(module: ModuleType, word: str, base: type[Class]) -> type[Class]:
    """Return the one processor or tool of a module: the one in its `__all__`, or else the one that it defines.

    `base` is the class that it derives from. Raises WordError if there is none, or more than one.
    """
    noun = base.__name__.lower()
    named = getattr(module, "__all__", None)
    found = [
        each
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, base)
        if (name in named if named is not None else each.__module__ == module.__name__ and name[0] != "_")
    ]
    if not found:
        raise NoProcessor(f"`{word}` is a module with no {noun} in it", see(module.__file__))
    if len(found) > 1:
        raise WordError(f"`{word}` is a module with {len(found)} {noun}s in it, not one", see(module.__file__))
    return found[0]


def _broken(error: BaseException, word: str, name: str) -> WordError:
    """Return the error for a module that cannot be imported, with the line of its own code at fault."""
    if isinstance(error, MissingExtra):
        return MissingExtra(error.extra, error.package, word)
    file, line = _blamed(error, name.partition(".")[0])
    at = see(file, line)
    if isinstance(error, ImportError) and (hint := moved.hint(error)):
        return WordError(f"`{word}` cannot be imported: it was written for another Kav", f"{hint}; {at}")
    if isinstance(error, ModuleNotFoundError):
        return WordError(f"`{word}` needs the package `{error.name}`, which is not installed", at)
    text = error.msg if isinstance(error, SyntaxError) else clipped(str(error))
    return WordError(f"`{word}` cannot be imported: {type(error).__name__}: {text}", at)


def _blamed(error: BaseException, root: str) -> tuple[str | None, int]:
    if isinstance(error, SyntaxError):
        return error.filename, error.lineno or 0
    found: tuple[str | None, int] = (None, 0)
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if str(frame.f_globals.get("__name__")).partition(".")[0] == root:
            found = (frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return found


def see(file: str | None, line: int = 0) -> str:
    """Return a place in code, relative to the working directory."""
    if file is None:
        return ""
    path, here = Path(file), Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return f"see {shown}:{line}" if line else f"see {shown}"
