"""`replay`: recorded calls with a changed config, in virtual time, and what would differ."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Config, load
from pipeline.faults import KavError, UsageError
from pipeline.recorded import Recording, folders
from pipeline.tools.replay import sound, table
from pipeline.tools.replay.play import replay
from pipeline.tools.replay.take import Take
from pipeline.tools.replay.turns import Totals, Turn, paired, turns

BAR = 30  # columns


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """What `replay` was told: the records, and what is to be changed."""

    calls: tuple[Path, ...]
    config: Path | None = None  # each call's own, unless told
    changes: tuple[str, ...] = ()  # a.b=c
    wav: Path | None = None
    as_json: bool = False


class Configs:
    """What calls are replayed with, read once for those that had the same."""

    def __init__(self, asked: Replaying) -> None:
        self._asked = asked
        self._read: tuple[bytes, Config] | None = None

    def of(self, recording: Recording) -> Config:
        """The config for this call. Raises ConfigError."""
        path = self._asked.config or recording.config
        text = path.read_bytes() if path.is_file() else b""
        if self._read is None or self._read[0] != text:
            self._read = text, load(path, set=self._asked.changes)
        return self._read[1]


def run(asked: Replaying) -> int:
    """Replay one call, or all in a folder; returns the exit code."""
    found = [each for path in asked.calls for each in folders(path)]
    if len(found) == 1:
        return _one(asked, found[0])
    if asked.wav is not None:
        raise UsageError(f"--wav writes one call, and these are {len(found)}")
    return _many(asked, found)


def _one(asked: Replaying, folder: Path) -> int:
    recording = Recording.load(folder)
    config, take = Configs(asked).of(recording), Take(recording)
    if asked.wav is not None:
        take.voices = sound.voices(recording)
    replayed = replay(recording, config, take)
    was, now = turns(recording.events), turns(replayed.events)
    if asked.wav is not None:
        sound.write(recording, replayed, asked.wav)
    if asked.as_json:
        print(msgspec.json.encode(table.as_data(recording, was, now, replayed)).decode())
        return 0
    print(table.render(recording, was, now, replayed))
    if not replayed.same:
        unchanged = replay(recording, load(recording.config))  # for its log, which the record does not have
        print("\n" + table.log_diff(unchanged.log, replayed.log))
    return 0


def _many(asked: Replaying, found: Sequence[Path]) -> int:
    was, now, calls, changed = Totals(), Totals(), 0, list[dict[str, Any]]()
    configs = Configs(asked)
    for folder in _with_bar(found):
        try:
            recording = Recording.load(folder)
            replayed = replay(recording, configs.of(recording))
        except KavError as error:
            print(f"{error}", file=sys.stderr)
            continue
        calls += 1
        before, after = turns(recording.events), turns(replayed.events)
        was.add(before, ())
        now.add(after, before)
        if not replayed.same:
            changed.append({"folder": str(folder), "turns": _changed(before, after), "guesses": len(replayed.guesses)})
    if asked.as_json:
        data = {"calls": calls, "was": table.totals_data(was), "would_be": table.totals_data(now), "changed": changed}
        print(msgspec.json.encode(data).decode())
    else:
        told = [f"{it['folder']}: {it['turns']} turns changed, {it['guesses']} guesses" for it in changed]
        print("\n".join([*told, *([""] if told else []), table.totals(calls, was, now)]))
    return 0 if calls else 1


def _changed(was: Sequence[Turn], now: Sequence[Turn]) -> int:
    return sum(one is None or other is None or one.text != other.text for one, other in paired(was, now))


def _with_bar(found: Sequence[Path]) -> Iterator[Path]:
    """The same, with a line that says how far it has come, if somebody looks."""
    looked_at = sys.stderr.isatty()
    for number, each in enumerate(found):
        if looked_at:
            done = BAR * number // len(found)
            bar = "█" * done + "░" * (BAR - done)
            print(f"\r{bar} {number}/{len(found)} calls", end="", file=sys.stderr, flush=True)
        yield each
    if looked_at:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
