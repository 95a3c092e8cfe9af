"""Files as the system has them: their real paths, and stamps (time of change, size, inode) to detect a change."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

Stamp = tuple[int, int, int] | None  # time of change (ns), size in bytes, inode; None: no such file


def real(path: str | Path) -> Path:
    """Return an absolute path without links in it; of a link that leads in a circle, the link itself."""
    return Path(os.path.realpath(path))


def stamp(path: Path) -> Stamp:
    """Return a file's stamp, or that of a link's target; None if the file cannot be read."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def stamps(paths: Mapping[Path, Stamp]) -> dict[Path, Stamp]:
    """Return the present stamps of the same files."""
    return {path: stamp(path) for path in paths}
