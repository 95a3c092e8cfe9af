"""The trial of a folder: whether files can be kept in it shows only when one is written."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

BLOCK = bytes(4096)


def try_writing(folder: Path) -> None:
    """Write a file in a folder, and remove it. Raises OSError: missing rights, a disk that is read-only or full."""
    with TemporaryFile(dir=folder) as file:
        file.write(BLOCK)
        file.flush()
