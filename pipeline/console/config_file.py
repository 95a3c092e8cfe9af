"""A config's file as the pages edit it: read with its hash, and replaced as a whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

from pipeline.config.shipped import FOLDER
from pipeline.config.yaml.tree import MAX_BYTES
from pipeline.file_stamps import real
from pipeline.installation import INSTALLED

BOM = b"\xef\xbb\xbf"
LINE_END = re.compile(r"\r\n|\r|\n")


class Changed(Exception):
    """The file is no longer the one that was opened; `content` is the one that it has now."""

    def __init__(self, content: bytes) -> None:
        super().__init__("the file has changed")
        self.content = content


def content(path: Path) -> bytes:
    """Return the content of a file, and of one that is larger than a config may be only a little more than that.

    Raises OSError.
    """
    if path.exists() and not path.is_file():  # a pipe would keep its reader waiting
        raise OSError("it is no plain file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def digest(data: bytes) -> str:
    """Return the hash of a file's content, in hexadecimal."""
    return sha256(data).hexdigest()


def obstacle(path: Path, folders: Collection[Path]) -> tuple[str, str]:
    """Return the reason that a config must not be written, and a way out; two blanks if it may be.

    `folders` are those that it may be written to, together with those below them.
    """
    file = real(path)
    if is_shipped(path):
        return f"{path.name} comes with Kav and is not changed here", "copy it to a file of your own, and serve that"
    if not any(file.is_relative_to(real(folder)) for folder in folders):
        return f"{path} is a link to {file}, outside the configs' folders", "edit that file itself"
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        return f"{path} cannot be written by this server", "change its permissions, or edit it elsewhere"
    return "", ""


def is_shipped(path: Path) -> bool:
    """True for a config in an installation of Kav; in the repository the configs are the user's own."""
    return INSTALLED and real(path).is_relative_to(FOLDER)


def as_in(old: bytes, text: str) -> bytes:
    """Return a text as the content of a file, with the line ends and the mark at the start that its old content has.

    A browser's text has `\\n` alone at the ends of its lines; a text with other line ends keeps them.
    """
    before = old.decode("utf-8-sig", "replace")
    if "\r" in before and "\r" not in text:
        text = _with_ends(text, before)
    # A character that UTF-8 does not have is left to the check, which says so.
    data = text.encode("utf-8", "surrogatepass")
    return data if data.startswith(BOM) or not old.startswith(BOM) else BOM + data


def _with_ends(text: str, before: str) -> str:
    """Return a text whose lines end as before: the unchanged ones at its top and its bottom each as it did."""
    lines, old, ends = text.split("\n"), LINE_END.split(before), [*LINE_END.findall(before), ""]
    usual = Counter(ends[:-1]).most_common(1)[0][0]
    head = _alike(lines, old)
    tail = _alike(lines[head:][::-1], old[head:][::-1])
    kept = ends[:head] + [usual] * (len(lines) - head - tail) + ends[len(ends) - tail :]
    # A line that was the last one had no end.
    return "".join(line + (end or usual) for line, end in zip(lines[:-1], kept, strict=False)) + lines[-1]


def _alike(some: list[str], others: list[str]) -> int:
    """Return the number of lines that are the same from the start on."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False))))


def replace(path: Path, data: bytes, opened: str) -> None:
    """Replace a file's content at once, keeping its mode and, where the system allows it, its owner.

    Through a link the file that it leads to is replaced. `opened` is the hash of the content that is replaced. Raises
    Changed if the file has another one, and OSError; the file is then as it was.
    """
    file = real(path)
    before = file.stat()
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        if sys.platform != "win32":
            with suppress(PermissionError):
                os.chown(name, before.st_uid, before.st_gid)
        shutil.copymode(file, name)
        if digest(now := content(file)) != opened:
            raise Changed(now)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
