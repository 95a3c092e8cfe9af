"""The plug-ins of a call's config: its record has the files as they ran, and says which packages it used.

A replay runs the files of the record. A record may come from anybody, so its files run only if they have run on this
machine before, in a call that was recorded: an empty file for each, named by its hash, is kept in the user's state
folder (`$XDG_STATE_HOME/kav/plugins`, by default in `~/.local/state`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from pipeline.catalog.plugins import sources
from pipeline.catalog.spec import Step, fallbacks
from pipeline.config import Config, writing
from pipeline.environment.variables import STATE_FOLDER, read
from pipeline.records.files import Plugin


def write_plugins(config: Config, folder: Path) -> tuple[Plugin, ...]:
    """Write the files of a config's plug-ins into a record, note that they have run, and return all plug-ins.

    Raises OSError if the record cannot be written.
    """
    kept: list[Plugin] = []
    for name, source in _files(config):
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(source)
        kept.append(Plugin(name=name, hash=sha256(source).hexdigest()))
        with suppress(OSError):  # a home that cannot be written: a replay will ask for `--trust-record`
            _ledger().mkdir(mode=0o700, parents=True, exist_ok=True)
            (_ledger() / kept[-1].hash).touch()
    return (*kept, *installed(config))


def has_run_here(path: Path) -> bool:
    """True if a file of the same content was a plug-in of a call that was recorded on this machine."""
    return (_ledger() / sha256(path.read_bytes()).hexdigest()).exists()


def installed(config: Config) -> tuple[Plugin, ...]:
    """Return the packages of a config's plug-ins as they are installed."""
    modules: dict[str, set[str]] = {}
    for step in _steps(config):
        package = step.kind.__module__.partition(".")[0]
        if package in config.own.packages:
            modules.setdefault(package, set()).add(step.kind.__module__)
    return tuple(Plugin(name=it, hash=_hash(sorted(names)), version=_version(it)) for it, names in modules.items())


def file_of(word: str) -> str:
    """Return the path of a plug-in's file in a record, relative to it: the one that the config has."""
    return f"{word.replace('.', '/')}.py"


def _files(config: Config) -> Iterator[tuple[str, bytes]]:
    ran = sources()
    used = {path: source for step in _steps(config) for path, source in [ran.get(step.kind.__module__, (None, b""))]}
    for word, path in config.own.files.items():
        yield file_of(word), used[path] if path in used else path.read_bytes()
    for item in config.tools:
        if item.module in ran:
            yield writing.file_of(item, config), ran[item.module][1]


def _steps(config: Config) -> Iterator[Step]:
    for step in config.steps:
        yield step
        yield from fallbacks(step)


def _ledger() -> Path:
    state = read(STATE_FOLDER) or STATE_FOLDER.default
    try:
        return Path(state).expanduser() / "kav" / "plugins"
    except RuntimeError:  # a user without a home folder
        return Path(os.devnull) / "plugins"


def _hash(modules: list[str]) -> str:
    made = sha256()
    for name in modules:
        with suppress(OSError, TypeError):
            made.update(Path(str(sys.modules[name].__file__)).read_bytes())
    return made.hexdigest()


@cache
def _version(package: str) -> str:
    """Return the version of the distribution that a package belongs to; blank if it is not installed as one."""
    names = metadata.packages_distributions().get(package, [])
    return metadata.version(names[0]) if names else ""
