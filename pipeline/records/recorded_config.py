"""The config of a recorded call, as its record has it, with the plug-ins that ran."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.config import Config, load
from pipeline.config.loading import own
from pipeline.faults import ConfigError, KavError
from pipeline.records.files import CONFIG, About, read_about
from pipeline.records.plugins import file_of, has_run_here, installed


def recorded_config(folder: Path, changes: Sequence[str] = (), trusted: bool = False) -> Config:
    """Load the config of a record, with changes. A file that one of its settings names and that is gone is left out.

    Its plug-in files are run. Raises ConfigError, and KavError for plug-ins that have never run here unless `trusted`.
    """
    path = folder / CONFIG
    try:
        files = own(path).files
    except ConfigError as error:
        if _has_no_plugins(folder):
            raise KavError(
                f"{folder}: was kept without its plug-ins; `--config FILE` replays it with a config"
            ) from None
        raise error
    # Files of tools, too: a config runs none from outside of its folder, which is that of the record.
    brought = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*.py"))}
    brought |= {file_of(word): file for word, file in files.items()}
    strange = [name for name, file in brought.items() if not (trusted or has_run_here(file))]
    if strange:
        raise KavError(
            f"{folder}: its record brings code that never ran here: {', '.join(strange)}. Read it; then "
            "`--trust-record` runs it, or `--config FILE` replays with a config of yours"
        )
    return load(path, set=changes, lost=[])


def differences(folder: Path, config: Config) -> list[str]:
    """Return a sentence for each plug-in of a replay: the files that it takes from the record, packages that differ."""
    here = {each.name: each for each in installed(config)}
    said = []
    for was in _about(folder).plugins:
        now = here.get(was.name)
        if was.name.endswith(".py"):
            said.append(f"{was.name} runs as the record has it")
        elif now is not None and (now.version, now.hash) != (was.version, was.hash):
            same = "its source differs" if now.version == was.version else ""
            how = same or f"{was.version or 'no version'} then, {now.version or 'no version'} now"
            said.append(f"{was.name} is not as it was: {how}; the installed one runs")
    return said


def _has_no_plugins(folder: Path) -> bool:
    return not _about(folder).plugins


def _about(folder: Path) -> About:
    try:
        return read_about(folder)
    except (OSError, ValueError):
        return About(call_sid="", began="")
