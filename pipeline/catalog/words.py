"""A YAML word → the processor class that it names.

A word is the path of a file or of a package: `dedup` is processors/dedup.py, `asr.google` is the folder
processors/asr/google, whose `__init__.py` names one processor in `__all__`. A plug-in's word counts only if its package
or file is among the config's `plugins`.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from pipeline.catalog import contract, plugins
from pipeline.catalog.plugins import NONE, WORD, Plugins, word_of
from pipeline.catalog.spec import first_sentence
from pipeline.faults import WordError, clipped, did_you_mean
from pipeline.file_stamps import real
from pipeline.installation import PROCESSORS, command
from pipeline.processor import Processor

_BASES = ("Processor", "Tool")


@cache
def words(package: str = PROCESSORS) -> tuple[str, ...]:
    """Return the words of all built-in processors, or of another package's modules, sorted, without importing any."""
    return tuple(sorted(word.removeprefix(f"{package}.") for word in _modules(package)))


def _modules(package: str) -> set[str]:
    """Return the dotted names of a package's modules and of folders that are one word; none with an underscore."""
    found = importlib.util.find_spec(package)
    roots = [Path(root) for root in (found.submodule_search_locations or ())] if found else []
    return {".".join((package, *parts)) for root in roots for parts in _inside(root)}


def _inside(folder: Path, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each module in a folder, as names from the package down."""
    for path in folder.iterdir():
        parts = (*above, path.stem)
        if path.name[0] in "_.":
            continue
        if path.suffix == ".py" or _is_word(path):
            yield parts
        elif path.is_dir():
            yield from _inside(path, parts)


def _is_word(folder: Path) -> bool:
    """True if a folder is one word: its `__init__.py` has an `__all__`, which re-exports a module inside."""
    face = folder / "__init__.py"
    return face.is_file() and "\n__all__" in face.read_text(encoding="utf-8")


def sentence(package: str, word: str) -> str:
    """Return the first sentence of a class, the first public one of a built-in word's source, without importing it."""
    found = importlib.util.find_spec(package)
    for root in (found.submodule_search_locations or ()) if found else ():
        path = Path(root, *word.split("."))
        files = sorted(path.glob("[!_]*.py")) if path.is_dir() else [path.with_suffix(".py")]
        for node in (each for file in files for each in ast.parse(file.read_text(encoding="utf-8")).body):
            if isinstance(node, ast.ClassDef) and any(getattr(each, "id", "") in _BASES for each in node.bases):
                return first_sentence(ast.get_docstring(node) or "")
    return ""


def capability(word: str) -> str:
    """Return the capability of a word: `asr.google` → `asr`, `pacer` → `pacer`; a plug-in's package is left out."""
    first, *rest = word.split(".")
    if not rest or first in _capabilities():
        return first
    return rest[-2] if len(rest) > 1 else rest[0]


def find(word: str, own: Plugins = NONE) -> type[Processor]:
    """Return the class that a word names; raises WordError, or its kind NotRun for code that may not be run."""
    if word in words():
        return plugins.only(plugins.imported(f"{PROCESSORS}.{word}", word), word, Processor)
    if not WORD.fullmatch(word) or word not in own:
        hint = own_file(word, own) or did_you_mean(word, (*words(), *own.files)) or _way_out(word)
        raise WordError(f"no processor `{clipped(word)}`", hint)
    return contract.sound(plugins.only(own_module(word, own), word, Processor), word)


def own_module(word: str, own: Plugins) -> ModuleType:
    """Return the module of a plug-in's word; raises WordError, or its kind NotRun for code that may not be run."""
    path = own.files.get(word)
    if own.run_already:
        return plugins.known(path, word)
    return plugins.imported(word, word) if path is None else plugins.run(path, word)


def named(name: str) -> tuple[str, type[Processor]]:
    """Return the word and the class for a name given on the command line, without a config's `plugins`.

    The name is a word, a module of any package, or a file's path. Raises WordError.
    """
    if name.endswith(".py"):
        path = real(name)
        word = word_of(path.name) or path.stem
        return word, find(word, Plugins(files={word: path}))
    package = name.partition(".")[0]
    own = NONE if package in _capabilities() else Plugins((package,))
    return name, find(name, own)


def own_words(own: Plugins) -> tuple[str, ...]:
    """Return the words of a config's plug-ins, sorted, without importing any; some modules may have no processor."""
    return tuple(sorted({*own.files, *(word for package in own.packages for word in _modules(package))}))


def own_file(word: str, own: Plugins) -> str:
    """Return the hint for a plug-in's file, or a class in it, that stands in the place of its word; blank for none."""
    path, dot, _ = word.removeprefix("./").rpartition(".py")
    if dot and (name := word_of(f"{path}.py")):
        is_listed = name in own.files
        return f"write `{name}`" if is_listed else f"a file of your own? `plugins: [{path}.py]` makes the word `{name}`"
    above = word.rpartition(".")[0]
    return f"write `{above}`: a file's word is its path, without its class" if above in own.files else ""


def _way_out(word: str) -> str:
    """Return the hint for a word that looks like no other."""
    first = word.partition(".")[0]
    if kin := [f"`{each}`" for each in words() if capability(each) == first]:
        return f"there is {', '.join(kin)}"
    if not WORD.fullmatch(word):
        return ""
    if first == word:
        return f"`{command('list')}` names all there are"
    return f"one of your own? list its package: `plugins: [{first}]`"


@cache
def _capabilities() -> frozenset[str]:
    return frozenset(word.partition(".")[0] for word in words())
