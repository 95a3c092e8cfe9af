"""Whether a file is still what it was when it was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Stamp = tuple[int, int, int] | None  # when it was changed (ns), its bytes, its inode; None: it is not there


def stamp(path: Path) -> Stamp:
    """What tells one state of a file from the next; a link's is that of what it leads to."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def stamps(paths: Mapping[Path, Stamp]) -> dict[Path, Stamp]:
    """The same files as they are now."""
    return {path: stamp(path) for path in paths}
