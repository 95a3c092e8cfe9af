"""A config's `plugins`: packages by name, files by path, and nothing outside the config's folder."""

from __future__ import annotations

from pathlib import Path

from pipeline import catalog
from pipeline.catalog.plugins import WORD, Plugins, word_of
from pipeline.config.allowed_folders import allowed_folders
from pipeline.config.drafts import Entry
from pipeline.config.findings import Findings
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Node, Sequence
from pipeline.faults import FaultFound, Place, clipped
from pipeline.file_stamps import real


def allowed(entry: Entry | None, reader: Reader, config: Path, *, run_already: bool = False) -> Plugins:
    """Return the plug-ins of a `plugins` key.

    Files must be in the config's folder, in that which its link leads to, or in an allowed one.

    Entries that are refused are noted and left out. With `run_already`, only code that has run may be used.
    """
    packages: list[str] = []
    files: dict[str, Path] = {}
    items = entry[1].items if entry is not None and isinstance(entry[1], Sequence) else ()
    for number, item in enumerate(items, 1):
        text = _text(item, reader, f"plugins[{number}]")
        with reader.findings.noting():
            if text.endswith(".py"):
                word = _word(text, item.at)
                files[word] = _file(text, reader.beside(item.at), tops(config), item.at, reader.findings)
            elif text:
                packages.append(_package(text, item.at))
    return Plugins(tuple(packages), files, run_already)


def tops(config: Path) -> tuple[Path, ...]:
    """Return the folders that code may come from: the config's, that which its link leads to, and allowed ones."""
    return (real(config).parent, real(config.parent), *allowed_folders())


def _text(item: Node, reader: Reader, name: str) -> str:
    """Return an item's text; faults in it are left to the reading of the top level, which notes them."""
    findings, reader.findings = reader.findings, Findings()
    text = reader.read(item, str, name)
    reader.findings = findings
    return "" if text is BROKEN else str(text)


def _package(text: str, at: Place) -> str:
    if not WORD.fullmatch(text) or "." in text:
        hint = "a package is a name such as `my_pkg`, a file beside the config a path such as `shout.py`"
        raise FaultFound(at, f"`{clipped(text)}` is neither a package nor a file of Python", hint)
    return text


def _word(text: str, at: Place) -> str:
    word = word_of(text)
    if not word:
        hint = "a file's path is its word: letters, digits and underscores, e.g. `shout.py` or `asr/mine.py`"
        raise FaultFound(at, f"`{clipped(text)}` cannot be a word", hint)
    if word in catalog.words():
        raise FaultFound(at, f"`{word}` is the word of a built-in processor", "give the file another name")
    return word


def _file(text: str, folder: Path, within: tuple[Path, ...], at: Place, findings: Findings) -> Path:
    path = real(folder / text)
    if not any(path.is_relative_to(top) for top in within):
        raise FaultFound(at, f"`{clipped(text)}` lies outside the config's folder")
    findings.reads(folder / text)  # the path as named: a link may lead elsewhere later
    if not path.is_file():
        raise FaultFound(at, f"there is no `{clipped(text)}`")
    return path
