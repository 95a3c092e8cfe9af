"""The calls that a command means: folders, patterns, CallSids → the folders of records."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.faults import KavError, UsageError, printable
from pipeline.records.files import EVENTS
from pipeline.records.reader import folders, inside, is_record

CALLS = "calls"  # the folder in which a CallSid is looked for if none is named
SID = re.compile(r"CA[0-9a-f]{0,32}")
SHOWN = 5  # calls that an ambiguous CallSid lists

Asked = str | Path


def selected(asked: Iterable[Asked]) -> list[Path]:
    """Return the folders of the calls that are meant, each once, in the order in which they were named.

    Each item is a call's folder, a folder of calls at any depth, a file of a call, a pattern of these (`*`, `?`, `**`),
    or a CallSid or the beginning of one, in `calls` or in the folder in front of it. Raises KavError, with the thing
    that was looked for, if an item means no call, and UsageError if it means several by one CallSid.
    """
    found: dict[str, Path] = {}
    for each in (folder for item in asked for folder in _meant(str(item))):
        found.setdefault(os.path.realpath(each), each)  # a pattern may reach a call through a link, too
    return list(found.values())


def _meant(text: str) -> list[Path]:
    if not text.strip():  # of a variable that is not set: as a path it would be the working directory
        raise UsageError("a blank text means no call: name a folder, a pattern or a CallSid (CA…)")
    path = Path(text)
    if path.is_dir():
        return folders(path)
    if path.is_file() and is_record(path.parent):
        return [path.parent]
    if not path.exists() and glob.has_magic(text):
        return _matching(text)
    if not path.exists() and SID.fullmatch(path.name):
        return [_named(path)]
    if path.exists():
        raise KavError(f"{path}: is no record of a call: a call is a folder with an {EVENTS} in it")
    raise KavError(f"{path}: there is no such folder: calls are named by a folder, a pattern or a CallSid (CA…)")


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    matches = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    found = [each for it in matches for each in sorted(inside(it if it.is_dir() else it.parent))]
    if not found:
        raise KavError(f"{pattern}: no call matches: no folder with an {EVENTS} in it, of {len(matches)} matches")
    return found


def _named(path: Path) -> Path:
    """Return the one call whose CallSid begins with the last part of a path, in the folder of the rest."""
    folder = path.parent if len(path.parts) > 1 else Path(CALLS)
    found = sorted(each for each in inside(folder) if each.name.startswith(path.name))
    if not found:
        raise KavError(f"{path}: there is no such folder, and {folder}/ has no call whose CallSid begins like that")
    if len(found) > 1:
        shown = "".join(f"\n  {printable(str(each))}" for each in found[:SHOWN])
        raise UsageError(f"{path}: {len(found)} calls in {folder}/ begin like that: name one{shown}")
    return found[0]
