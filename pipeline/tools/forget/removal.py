"""`forget`: find the records of a caller and the sound caches of their configs, and remove them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from pipeline.faults import KavError, UsageError, clipped, printable
from pipeline.installation import command
from pipeline.records.expiry import remove_if_empty
from pipeline.records.files import ABOUT, CONFIG
from pipeline.records.listing import CallState, ListedCall, listed
from pipeline.records.numbers import is_number, same_number
from pipeline.records.selection import SID, selected
from pipeline.tools.forget.options import ForgetOptions
from pipeline.tts.shared import cached_sound

NOT_COVERED = (
    "not covered: logs (words and numbers may be in them), files that `--out` wrote elsewhere, copies and backups,\n"
    "events after calls (`outbox drop CONFIG --call CALLSID` and the `done` of `after.folder`),\n"
    "the memory of a running server, and the providers: Twilio, and those that the config names"
)


class Removal(msgspec.Struct, frozen=True):
    """A file or a folder to remove, and its size in bytes."""

    path: Path
    size: int


def forget(options: ForgetOptions) -> int:
    """Show and remove all that is kept of a number or a call; return the exit code, 1 if a part of it stays.

    Raises UsageError without a terminal and without `--yes`, KavError if nothing is kept or it cannot be removed.
    """
    calls, unknown = _meant(options)
    going_on = [each for each in calls if each.state is CallState.UNDER_WAY]
    removals = list(_removals([each.folder for each in calls if each not in going_on]))
    for each in going_on:
        print(f"{each.folder}: the call is under way, and its record stays; forget it again when it has ended")
    if removals:
        _show(removals)
        if not options.dry_run and _agreed(options, removals):
            _remove(removals)
            print(NOT_COVERED)
        elif not options.dry_run:
            print("nothing was removed")
            return 1
    return 1 if going_on or unknown else 0


def _meant(options: ForgetOptions) -> tuple[list[ListedCall], list[ListedCall]]:
    """Return the calls that are meant, and those that stay since their numbers are not known, which it says."""
    asked = options.who
    if SID.fullmatch(asked):
        return list(map(listed, selected([f"{each}/{asked}" for each in options.calls]))), []
    if not asked.strip() or Path(asked).is_dir():
        return list(map(listed, selected([asked]))), []
    if not is_number(asked):
        raise UsageError(f"{clipped(asked)}: is no telephone number, no CallSid (CA…) and no folder of a call")
    everywhere = list(map(listed, selected(options.calls)))
    found = [it for it in everywhere if same_number(asked, it.about.caller) or same_number(asked, it.about.called)]
    unknown = [it for it in everywhere if not it.about.began]
    for each in unknown:
        folder, why = printable(str(each.folder)), each.problem or f"it has no {ABOUT}"
        print(f"{folder}: stays, as its numbers are not known: {why}; `{command('forget')} {folder}` removes it")
    if not found:
        calls = "1 call" if len(everywhere) == 1 else f"{len(everywhere)} calls"
        raise KavError(f"{', '.join(options.calls)}: no call with the number {asked} is kept, of {calls}")
    return found, unknown


def _removals(records: list[Path]) -> Iterator[Removal]:
    for folder in records:
        yield Removal(folder, sum(it.lstat().st_size for it in folder.rglob("*") if not it.is_dir()))
    for cache in sorted({each for folder in records for each in _caches(folder)}):
        for file in cached_sound(cache):
            yield Removal(file, file.lstat().st_size)


def _caches(folder: Path) -> set[Path]:
    """Return the folders of the sound caches that a record's config names."""
    try:
        content = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return set()
    return {Path(each) for each in _named_caches(content)}


def _named_caches(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            if key == "cache" and isinstance(value, str) and value:
                yield value
            yield from _named_caches(value)
    elif isinstance(content, list):
        for each in content:
            yield from _named_caches(each)


def _show(removals: Iterable[Removal]) -> None:
    for each in removals:
        print(f"{printable(str(each.path))}  {each.size / 1000:.1f} kB")


def _agreed(options: ForgetOptions, removals: list[Removal]) -> bool:
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("forget asks before it removes anything, and there is no terminal: add --yes, or --dry-run")
    size = sum(each.size for each in removals) / 1e6
    return input(f"Remove these {len(removals)}, {size:.1f} MB, for good? [y/N] ").strip().lower() in ("y", "yes")


def _remove(removals: list[Removal]) -> None:
    for each in removals:
        try:
            if each.path.is_dir():
                shutil.rmtree(each.path)
                remove_if_empty(each.path.parent)
            else:
                each.path.unlink(missing_ok=True)
        except OSError as error:
            raise KavError(f"{each.path}: cannot be removed: {error.strerror}; those above it were") from None
    print(f"removed: {len(removals)}, {sum(each.size for each in removals) / 1e6:.1f} MB")
