"""`replay`: recorded calls with a changed config, in virtual time, and what would differ."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Config, load
from pipeline.faults import KavError, UsageError
from pipeline.records.reader import Recording, folders
from pipeline.tools.progress import progress
from pipeline.tools.replay import sound, table
from pipeline.tools.replay.play import Replayed, replay
from pipeline.tools.replay.take import Take
from pipeline.tools.replay.turns import Totals, Turn, paired, turns


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """What `replay` was told: the records, and what is to be changed."""

    calls: tuple[Path, ...]
    config: Path | None = None  # each call's own, unless told
    changes: tuple[str, ...] = ()  # a.b=c
    wav: Path | None = None
    as_json: bool = False
    live: bool = False  # ask the providers, in real time
    stand_ins: bool = False  # or stand-ins for them


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
    if asked.stand_ins and not asked.live:
        raise UsageError("--stand-ins are for --live: without it, no provider is asked")
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
    replayed = _played(asked, recording, config, take)
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


def _played(asked: Replaying, recording: Recording, config: Config, take: Take | None = None) -> Replayed:
    if not asked.live:
        return replay(recording, config, take)
    from pipeline.tools.replay.asking import ask

    print(f"{recording.folder}: asking its providers, which takes {recording.seconds:.0f} s", file=sys.stderr)
    return ask(recording, config, asked.stand_ins)


def _many(asked: Replaying, found: Sequence[Path]) -> int:
    was, now, calls, changed = Totals(), Totals(), 0, list[dict[str, Any]]()
    configs = Configs(asked)
    for folder in progress(found, len(found), "calls"):
        try:
            recording = Recording.load(folder)
            replayed = _played(asked, recording, configs.of(recording))
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
