"""The file of variables, `.env` in the working directory: read at the command line's door, the same for every verb.

The environment goes before the file, blank variables too: `NAME= run.py …` turns one off. Values may be in quotes and
then have several lines; `export` before a name, comments, a byte-order mark and any line ends are taken; `${…}` is not
filled in. Source: the README of python-dotenv, "File format".
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.environment.variables import ENV_FILE, add, is_set, process_environment, read
from pipeline.faults import UsageError, printable

if TYPE_CHECKING:
    from dotenv.parser import Binding

MOST = 256 * 1024  # bytes
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WAY_OUT = f"mend it, name another with --env-file, or leave it out with {ENV_FILE.name}="


class Note(NamedTuple):
    """A line about the file, for the user."""

    level: Literal["INFO", "WARNING"]
    text: str

    def __str__(self) -> str:
        return printable(self.text if self.level == "INFO" else f"warning: {self.text}")


def load_env_file(named: str | None = None) -> list[Note]:
    """Set the variables of the file that are not set yet; return notes about it, with names and without values.

    `named` goes before KAV_ENV_FILE, that before `.env`; a blank name reads none. Raises UsageError if the file cannot
    be used: one that was named has to be there.
    """
    given = named if named is not None else read(ENV_FILE) if is_set(ENV_FILE) else None
    path = Path(ENV_FILE.default if given is None else given)
    if given == "" or (given is None and not path.exists()):
        return []
    try:
        text = _text(path)
    except IsADirectoryError:
        return [_unusable(path, "is a folder, not a file of variables", given)]
    except PermissionError as error:
        return [_unusable(path, f"cannot be read: {error.strerror}; its variables are not set", given)]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    return list(_set(path, text))


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise UsageError(f"{path}: is larger than {MOST // 1024} kB, too large for a file of variables; {WAY_OUT}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: is not UTF-8 text: save it as UTF-8; {WAY_OUT}") from None


def _unusable(path: Path, why: str, given: str | None) -> Note:
    """Return the note on a `.env` that happens to be there; raises UsageError for a file that was named."""
    if given is not None:
        raise UsageError(f"{path}: {why}")
    return Note("WARNING", f"{path}: {why}")


def _set(path: Path, text: str) -> Iterator[Note]:
    from dotenv.parser import parse_stream  # imported here: most starts have no file

    found: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text, newline="")):
        said = binding.original.string
        line = binding.original.line + said[: len(said) - len(said.lstrip())].count("\n")
        if wrong := _wrong(binding, found):
            yield Note("WARNING", f"{path}:{line}: {wrong}")
        if _fits(binding):
            found[str(binding.key)] = binding.value or ""
    own = process_environment()
    add({name: value for name, value in found.items() if name not in own})
    kept = [name for name, value in found.items() if name in own and own[name] != value]
    goes_before = f"; the environment goes before it in {', '.join(kept)}" if kept else ""
    yield Note("INFO", f"{path}: {len(found)} variable{'' if len(found) == 1 else 's'} read{goes_before}")


def _fits(binding: Binding) -> bool:
    """True if a line sets a variable."""
    value = binding.value
    return not binding.error and value is not None and "\0" not in value and bool(NAME.fullmatch(binding.key or ""))


def _wrong(binding: Binding, before: dict[str, str]) -> str:
    """Return the fault of a line, or its doubtful side, without its value; blank if there is nothing to say."""
    name, value = binding.key, binding.value
    if binding.error:
        return f"is no line `NAME=value`{_named(binding)}: ignored; a value in quotes ends with its quote"
    if name is None:
        return ""
    if value is None and not NAME.fullmatch(name):
        return "is no line `NAME=value`: ignored; a value of several lines wants quotes around it"
    if not NAME.fullmatch(name):
        return "the name before `=` is not letters, digits and underscores: ignored"
    if value is None:
        return f"{name} has no `=` after it: ignored"
    if "\0" in value:
        return f"{name} has a NUL character in its value: ignored"
    if name in before:
        return f"{name} stands twice: this one counts"
    return f"{name} has `${{` in its value: no variable is filled in there" if "${" in value else ""


def _named(binding: Binding) -> str:
    found = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]", binding.original.string)
    return f", beginning with {found[1]}" if found else ""
