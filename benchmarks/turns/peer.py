"""A peer on the same sound: Pipecat's voice and turn analyzers, run in the benchmark's own environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.bench import environment
from benchmarks.turns import figures
from benchmarks.turns.book import Book
from benchmarks.turns.cast import Cast
from benchmarks.turns.clips import Clip, Samples
from benchmarks.turns.echo import EchoPath
from benchmarks.turns.listening import pauses_of
from benchmarks.turns.rows import ROWS
from benchmarks.turns.scenes import Figures, line_noise
from benchmarks.turns.speaking import SpeakingScene
from pipeline import audio

LEAD = 1.0  # seconds of a quiet line before the sound
TAIL = 3.6  # seconds of it after a sentence: the longest silence that Pipecat waits for, and a little more
SECONDS = 1.0  # from the start of the agent's speech to a short sound over it
MODULE = "benchmarks.peers.pipecat_turns"


def pipecat(cast: Cast, book: Book, names: Sequence[str]) -> Figures:
    """Return the figures of the rows of these names that Pipecat can be asked about, by their titles.

    `missing` is the reason, if its package cannot be had.
    """
    try:
        reason = environment.ready()
    except environment.NoEnvironment as error:
        reason = str(error)
    if reason:
        return {"missing": reason}
    rows = [row for row in ROWS if row.name in names and row.section == "speaking" and row.scenes(cast)]
    over = [(row, [scene for scene in row.scenes(cast) if isinstance(scene, SpeakingScene)]) for row in rows]
    clips = cast.some(cast.clips["turns"], 120) if "decisions" in names else []
    jobs = [("voice", _over(scene, book)) for _, scenes in over for scene in scenes]
    jobs += [("turn", _alone(clip)) for clip in clips]
    times = iter(_asked(jobs))
    found: Figures = {row.title: _stops(scenes, times) for row, scenes in over}
    if clips:
        turns = [_turn(clip, next(times)) for clip in clips]
        found["decisions"] = figures.decisions([{"turns": turns}])
    return {"version": environment.versions(environment.PYTHON, "pipecat-ai"), "rows": found}


def _asked(jobs: Sequence[tuple[str, Samples]]) -> list[float | None]:
    """Have the peer judge the sounds, in a process of its environment."""
    with TemporaryDirectory() as folder:
        file, at, listed = Path(folder) / "sound.raw", 0, []
        for task, sound in jobs:
            listed.append({"task": task, "at": at, "n": len(sound)})
            at += len(sound)
        file.write_bytes(b"".join(_line(sound) for _, sound in jobs))
        order = json.dumps({"file": str(file), "jobs": listed})
        command = [str(environment.PYTHON), "-m", MODULE]
        done = subprocess.run(command, input=order, capture_output=True, text=True, cwd=environment.ROOT)
    if done.returncode:
        raise environment.NoEnvironment(f"{MODULE}: {(done.stderr.strip().splitlines() or ['no words'])[-1]}")
    times: list[float | None] = json.loads(done.stdout)
    return times


def _line(sound: Samples) -> bytes:
    """Return a sound as the line carries it: with its noise, in mu-law."""
    made = np.clip(sound + np.resize(line_noise(), len(sound)), -32768, 32767).astype("<i2")
    return audio.decode(audio.encode(made.tobytes()))


def _over(scene: SpeakingScene, book: Book) -> Samples:
    """Return the caller's side of a scene: the sound over the agent's speech, and the echo of that."""
    event = np.zeros(0, np.float32) if scene.event is None else scene.event
    reply = b"".join(book.sound(text) for text in scene.answer(book))
    heard = np.frombuffer(audio.decode(reply), "<i2").astype(np.float32)
    length = round(LEAD * audio.RATE) + max(len(heard) if scene.echo else 0, round(SECONDS * audio.RATE) + len(event))
    made = np.zeros(-(-length // audio.FRAME_SAMPLES) * audio.FRAME_SAMPLES + audio.RATE, np.float32)
    begin = round((LEAD + SECONDS) * audio.RATE)
    made[begin : begin + len(event)] += event
    if scene.echo:
        path = EchoPath(scene.echo, scene.seed)
        heard = np.concatenate((np.zeros(round(LEAD * audio.RATE), np.float32), heard, np.zeros(audio.RATE)))
        for at in range(0, len(made), audio.FRAME_SAMPLES):
            made[at : at + audio.FRAME_SAMPLES] += path.frame(heard, at)
    return made


def _alone(clip: Clip) -> Samples:
    lead, tail = round(LEAD * audio.RATE), round(TAIL * audio.RATE)
    return np.concatenate((np.zeros(lead, np.float32), clip.samples, np.zeros(tail, np.float32)))


def _stops(scenes: Sequence[SpeakingScene], times: Iterator[float | None]) -> Figures:
    found = []
    for scene in scenes:
        at, onset = next(times), LEAD + SECONDS + scene.onset
        early = at is not None and scene.event is not None and at < onset
        stopped = at is not None and not early
        silent = round(at - onset, 3) if at is not None and stopped and scene.event is not None else None
        found.append({"stopped": stopped or (early and scene.echo is None), "silent": silent, "over": not early})
    return figures.stopped(found)


def _turn(clip: Clip, decided: float | None) -> dict[str, Any]:
    at = None if decided is None else decided - LEAD
    early = at is not None and at < clip.end
    return {
        "lang": clip.lang,
        "into": early,
        "delay": round(at - clip.end, 3) if at is not None and not early else None,
        "pauses": pauses_of(clip, at if early else None),
    }
