"""Replay recorded calls with a changed config, and print the differences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from loguru import logger

from pipeline.config import Config, load
from pipeline.config.shipped import config_file
from pipeline.faults import KavError, UsageError
from pipeline.records.files import EVENTS
from pipeline.records.reader import Recording
from pipeline.records.recorded_config import differences, recorded_config
from pipeline.records.selection import selected
from pipeline.records.timeline import Turn, timeline
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import progress, say
from pipeline.tools.replay import sound, table
from pipeline.tools.replay.comparison import Totals, paired
from pipeline.tools.replay.options import ReplayOptions
from pipeline.tools.replay.player import Replayed, replay
from pipeline.tools.replay.provider_recording import ProviderRecording


class Configs:
    """The config for each call: the `--config` one or its own; read again only if it differs from the last."""

    def __init__(self, options: ReplayOptions) -> None:
        self._options = options
        self._file = options.config and config_file(options.config)
        self._read: tuple[tuple[bytes, ...], Config] | None = None
        self._said: set[str] = set()

    def of(self, recording: Recording) -> Config:
        """Return the config to replay this call with, and say on stderr which plug-ins run. Raises KavError."""
        if self._file is not None:
            return self._loaded(_content(self._file), lambda: load(self._file or "", set=self._options.changes))
        folder, options = recording.folder, self._options
        names = (it.name for it in recording.about.plugins if it.name.endswith(".py"))
        content = _content(recording.config, *(folder / name for name in names))
        config = self._loaded(content, lambda: recorded_config(folder, options.changes, options.trust_record))
        for each in differences(folder, config):
            if each not in self._said:
                self._said.add(each)
                say(f"{folder}: {each}")
        return config

    def _loaded(self, content: tuple[bytes, ...], read: Callable[[], Config]) -> Config:
        if self._read is None or self._read[0] != content:
            self._read = content, read()
        return self._read[1]


def compare(options: ReplayOptions) -> int:
    """Replay one call, or several, and print the differences; return the exit code. Raises KavError."""
    logger.remove()  # a replay's log is part of its result
    found = selected(options.calls)
    if options.stand_ins and not options.live:
        raise UsageError("--stand-ins are for --live: without it, no provider is asked")
    if len(found) == 1:
        return _one(options, found[0])
    if options.out is not None:
        raise UsageError(f"--out writes one call, and these are {len(found)}")
    return _many(options, found)


def _one(options: ReplayOptions, folder: Path) -> int:
    recording = _loaded(folder)
    config, providers = Configs(options).of(recording), ProviderRecording(recording)
    if options.out is not None:
        providers.voices = sound.voices(recording)
    replayed = _played(options, recording, config, providers)
    was, now = timeline(recording.events).turns, timeline(replayed.events).turns
    if options.out is not None:
        sound.write(recording, replayed, options.out)
    if options.as_json:
        print(msgspec.json.encode(table.as_data(recording, was, now, replayed)).decode())
        return 0
    paint = paint_on(sys.stdout)
    print(table.render(recording, was, now, replayed, paint))
    if not replayed.same:
        own = recorded_config(folder, trusted=options.trust_record)
        unchanged = replay(recording, own)  # for its log, which the record does not have
        print("\n" + table.log_diff(unchanged.log, replayed.log, paint))
    return 0


def _played(
    options: ReplayOptions, recording: Recording, config: Config, providers: ProviderRecording | None = None
) -> Replayed:
    if not options.live:
        return replay(recording, config, providers)
    from pipeline.tools.replay.live import ask

    say(f"{recording.folder}: asking its providers, which takes {recording.seconds:.0f} s")
    return ask(recording, config, options.stand_ins)


def _many(options: ReplayOptions, found: Sequence[Path]) -> int:
    was, now, calls, changed = Totals(), Totals(), 0, list[dict[str, Any]]()
    for folder, recording, replayed in _each(options, found):
        calls += 1
        before, after = timeline(recording.events).turns, timeline(replayed.events).turns
        was.add(before, ())
        now.add(after, before)
        if not replayed.same:
            changed.append({"folder": str(folder), "turns": _changed(before, after), "guesses": len(replayed.guesses)})
    failed = len(found) - calls
    if options.as_json:
        totals = {"was": table.totals_data(was), "would_be": table.totals_data(now)}
        data = {"calls": calls, "failed": failed, **totals, "changed": changed}
        print(msgspec.json.encode(data).decode())
    else:
        told = [f"{it['folder']}: turns changed: {it['turns']}, guesses: {it['guesses']}" for it in changed]
        print("\n".join([*told, *([""] if told else []), table.totals(calls, failed, was, now, paint_on(sys.stdout))]))
    return 0 if calls else 1


def _each(options: ReplayOptions, found: Sequence[Path]) -> Iterator[tuple[Path, Recording, Replayed]]:
    """Yield each call with its replay; those that cannot be replayed are told of on stderr."""
    configs = Configs(options)
    with progress(len(found), "calls") as bar:
        for folder in found:
            try:
                recording = _loaded(folder)
                yield folder, recording, _played(options, recording, configs.of(recording))
            except KavError as error:
                say(error.painted(paint_on(sys.stderr)))
            bar.advance()


def _loaded(folder: Path) -> Recording:
    """Read a record, and say on stderr if it is not whole. Raises KavError."""
    recording = Recording.load(folder)
    if recording.torn:
        say(f"{folder}: {' and '.join(recording.torn)} cannot be read to the end; compared as far as the record goes")
    elif not recording.events:
        say(f"{folder}: {EVENTS} is empty: the turns of the call as it was are not known")
    return recording


def _content(*paths: Path) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() if path.is_file() else b"" for path in paths)


def _changed(was: Sequence[Turn], now: Sequence[Turn]) -> int:
    return sum(one is None or other is None or one.text != other.text for one, other in paired(was, now))
