"""`outbox`: find the calls in the outboxes of configs, and list, send or drop them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from pipeline.after.case import Busy, Case, folders
from pipeline.after.delivery import Delivery
from pipeline.after.files import DEAD
from pipeline.config import Config, load
from pipeline.config.several_configs import load_all
from pipeline.faults import KavError, UsageError
from pipeline.tools.outbox.listing import listed, show
from pipeline.tools.outbox.options import OutboxOptions
from pipeline.tools.verb import run

ACTIONS = ("list", "send", "drop")


def outbox(options: OutboxOptions) -> int:
    """Do it, and return the exit code: 1 if events of the calls that were sent are still to be delivered.

    Raises ConfigError for faulty configs, UsageError without a config or a terminal, KavError if a call is not there.
    """
    action, *paths = options.words if options.words[0] in ACTIONS else ("list", *options.words)
    if not paths:
        raise UsageError(f"outbox {action} needs a config whose outbox is meant")
    configs = load_all([partial(load, path, set=options.changes) for path in paths])
    if action == "send":
        return run(_send(options, configs))
    if action == "drop":
        return _drop(options, configs)
    show(listed(_cases(options, configs, locks=False)), as_json=options.as_json)
    return 0


def _paths(options: OutboxOptions, configs: tuple[Config, ...], shelves: tuple[str, ...]) -> list[Path]:
    """Return the folders of the calls that are meant; raises KavError if one is not there."""
    outboxes = sorted({Path(it.after.folder) for it in configs if it.after.folder})
    if not outboxes:
        raise KavError("these configs send nothing after a call: they have no `after.send`")
    found = [path for each in outboxes for shelf in shelves for path in folders(each, shelf)]
    for call in options.call:
        if not any(_is(path, call) for path in found):
            raise KavError(f"{call}: no such call is in {', '.join(map(str, outboxes))}")
    return [path for path in found if not options.call or any(_is(path, call) for call in options.call)]


def _is(path: Path, call: str) -> bool:
    return call in (path.name, path.name.partition(".")[0])


def _cases(
    options: OutboxOptions, configs: tuple[Config, ...], *, locks: bool, shelves: tuple[str, ...] = ("", DEAD)
) -> Iterator[Case]:
    """Yield the calls that are meant, and say of those that are left alone why."""
    for path in _paths(options, configs, shelves):
        try:
            case = Case(path, locks=locks)
        except Busy:
            print(f"{path.name}: a server works on it at this moment", file=sys.stderr)
            continue
        except (OSError, msgspec.MsgspecError) as error:
            print(f"{path}: cannot be read: {error}", file=sys.stderr)
            continue
        try:
            yield case
        finally:
            case.close()


async def _send(options: OutboxOptions, configs: tuple[Config, ...]) -> int:
    """Attempt every delivery now, and show those that are left."""
    if options.dead or options.call:
        for case in _cases(options, configs, locks=True, shelves=(DEAD,) if not options.call else ("", DEAD)):
            if case.path.parent.name == DEAD:
                case.take_back()
    wanted = set(_paths(options, configs, ("",)))
    delivery = Delivery(asyncio.get_running_loop(), lambda: configs, hurries=True)
    try:
        for path in sorted(wanted):
            await delivery.attempt(path)
    finally:
        await delivery.close()
    rows = listed(_cases(msgspec.structs.replace(options, call=()), configs, locks=False))
    rows = [row for row in rows if any(row["call"] == path.name for path in wanted)]
    show(rows, as_json=options.as_json)
    return 1 if rows else 0


def _drop(options: OutboxOptions, configs: tuple[Config, ...]) -> int:
    shelves = (DEAD,) if options.dead else ("", DEAD)
    paths = _paths(options, configs, shelves)
    if not paths:
        print("nothing is there to be dropped")
        return 0
    if not options.yes:
        if not sys.stdin.isatty():
            raise UsageError("outbox drop asks before it removes anything, and there is no terminal: add --yes")
        asked = f"Drop the events of {len(paths)} calls, which their receivers will never get? [y/N] "
        if input(asked).strip().lower() not in ("y", "yes"):
            return 1
    dropped = 0
    for case in _cases(options, configs, locks=True, shelves=shelves):
        if case.is_under_way:
            print(f"{case.name}: the call is under way", file=sys.stderr)
        else:
            case.drop()
            dropped += 1
    print(f"dropped: {dropped}")
    return 0 if dropped == len(paths) else 1
