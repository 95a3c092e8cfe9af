"""File stamps (time of change, size, inode), to detect that a file has changed since it was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Stamp = tuple[int, int, int] | None  # time of change (ns), size in bytes, inode; None: no such file


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
