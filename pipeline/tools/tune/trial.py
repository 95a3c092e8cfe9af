"""Replay labelled calls with many settings, on all cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from pipeline.config import Config, load
from pipeline.faults import KavError
from pipeline.records.reader import Recording
from pipeline.records.recorded_config import recorded_config
from pipeline.records.timeline import timeline
from pipeline.tools.label.labels import Label
from pipeline.tools.replay.player import replay
from pipeline.tools.replay.provider_recording import ProviderRecording, judgements
from pipeline.tools.tune.grid import Setting
from pipeline.tools.tune.score import Score

SHARE = 8  # settings that a process replays at a time


class Trial(msgspec.Struct, frozen=True):
    """A labelled call, and some of the settings to replay it with; `first` is the index of the first of them."""

    folder: Path
    labels: tuple[Label, ...]
    config: Path | None
    first: int
    settings: tuple[Setting, ...]


class TrialResult(msgspec.Struct, frozen=True):
    """The scores of a trial's settings, in their order; none, but a `failure`, if the call cannot be replayed."""

    trial: Trial
    scores: tuple[Score, ...] = ()
    failure: str = ""


class _Known(msgspec.Struct, frozen=True):
    recording: Recording
    judged: dict[bytes, str]  # vad judgements so far, by vad and its settings: settings of other steps share them


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shares(folder: Path, labels: tuple[Label, ...], config: Path | None, settings: Sequence[Setting]) -> list[Trial]:
    """Split the settings for one call into trials of `SHARE` settings."""
    starts = range(0, len(settings), SHARE)
    return [Trial(folder, labels, config, at, tuple(settings[at : at + SHARE])) for at in starts]


def play(trial: Trial) -> TrialResult:
    """Replay a call with each setting of its trial; a KavError becomes the result's `failure`."""
    try:
        known = _known(trial.folder)
        return TrialResult(trial, tuple(_score(trial, each, known) for each in trial.settings))
    except KavError as error:
        return TrialResult(trial, failure=str(error))


def _score(trial: Trial, setting: Setting, known: _Known) -> Score:
    providers = ProviderRecording(known.recording)
    providers.judged |= known.judged
    replayed = replay(known.recording, _config(trial, known.recording, setting), providers)
    for judge, frames in judgements(replayed.events).items():
        if len(frames) > len(known.judged.get(judge, "")):
            known.judged[judge] = frames
    score = Score()
    score.add(trial.labels, timeline(replayed.events).turns)
    return score


@lru_cache(maxsize=1)
def _known(folder: Path) -> _Known:
    return _Known(Recording.load(folder), {})


_read: dict[Setting, Config] = {}  # by setting, of the config with the content `_text`: most calls share one
_text: list[bytes] = []


def _config(trial: Trial, recording: Recording, setting: Setting) -> Config:
    global _text
    names = (it.name for it in recording.about.plugins if it.name.endswith(".py"))
    paths = [trial.config] if trial.config else [recording.config, *(trial.folder / name for name in names)]
    text = [path.read_bytes() if path.is_file() else b"" for path in paths]
    if text != _text:
        _read.clear()
        _text = text
    if setting not in _read:
        own = trial.config is None
        _read[setting] = recorded_config(trial.folder, setting) if own else load(trial.config or "", set=setting)
    return _read[setting]
