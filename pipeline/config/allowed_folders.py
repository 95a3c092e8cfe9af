"""The folders that configs may take files from, besides their own: `--allow FOLDER` on the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.environment.variables import ALLOWED, add, read
from pipeline.faults import UsageError

VARIABLE = ALLOWED.name  # the worker processes of a server inherit it


def allow(folders: Iterable[Path]) -> None:
    """Let the configs of this process and of its children take files from these folders, and from those below them.

    Raises UsageError for one that is no folder.
    """
    for each in folders:
        if not each.is_dir():
            raise UsageError(f"--allow: there is no folder {each}")
    if added := [str(each.resolve()) for each in folders]:
        add({VARIABLE: os.pathsep.join(dict.fromkeys([*filter(None, [read(ALLOWED)]), *added]))})


def allowed_folders() -> tuple[Path, ...]:
    """Return the folders that are allowed, resolved."""
    return tuple(Path(each).resolve() for each in read(ALLOWED).split(os.pathsep) if each)
