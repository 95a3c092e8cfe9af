"""The pauses of a recorded call, with their features and labels, as `end_of_utterance` would have judged them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline import audio
from pipeline.faults import KavError
from pipeline.prosody import Prosody
from pipeline.prosody.patience import HEARD
from pipeline.records.reader import Recording
from pipeline.tools.label.loudness import caller
from pipeline.tools.learn.fit import Pause
from pipeline.tools.learn.stretches import PAUSE, Stretch, stretches
from pipeline.tools.replay.provider_recording import judgements

DECISION = round(PAUSE / audio.FRAME_SECONDS)  # frames of silence after which a pause is judged
PRE_ROLL = 10  # frames, 200 ms, before the first voice of a turn
SPEECH = 1.0  # seconds of voice, in words, without which a call teaches nothing
ENDLESS = 60.0  # seconds: the length of a pause that ended a turn
FAR = 25  # frames by which the sound and its judgements may differ in length

Voice = NDArray[np.bool_]


class Taught(msgspec.Struct, frozen=True):
    """The pauses of a call; none, and the reason, if it has nothing to teach. `day` is that of the call, ISO 8601."""

    folder: Path
    pauses: tuple[Pause, ...] = ()
    day: str = ""
    lacks: str = ""
    failure: str = ""


def taught(folder: Path) -> Taught:
    """Read the pauses of a recorded call; a KavError becomes the result's `failure`."""
    try:
        recording = Recording.load(folder)
        voice = _voice(recording)
        if recording.about.sound == "none":
            return Taught(folder, lacks="no sound")
        pcm = caller(recording)
        if not len(voice) or len(voice) - len(pcm) // audio.FRAME_BYTES > FAR:
            return Taught(folder, lacks="no judgement of its voice")
        found = stretches(recording)
    except KavError as error:
        return Taught(folder, lacks="cannot be read", failure=str(error))
    if sum(int(_voiced(voice, it).sum()) for it in found) * audio.FRAME_SECONDS < SPEECH:
        return Taught(folder, lacks="too little speech")
    return Taught(folder, tuple(_pauses(found, pcm, voice, str(folder))), recording.about.began[:10])


def _voice(recording: Recording) -> Voice:
    """Return the call's own judgement of each frame of the caller's sound, as far as its record goes."""
    frames = max(judgements(recording.events).values(), key=len, default="")
    return np.asarray(np.frombuffer(frames.encode(), np.uint8) == ord("1"))


def _pauses(found: list[Stretch], pcm: bytes, voice: Voice, source: str) -> Iterator[Pause]:
    """Yield the labelled pauses that have features; all others are heard, too, as a call's score hears them."""
    prosody = Prosody()
    for stretch in found:
        turn = _Turn(stretch, _voiced(voice, stretch))
        taken = turn.begins
        for stops, resumes in turn.gaps():
            until = stops + DECISION
            sound = _sound(pcm, max(taken, until - HEARD), until)
            values, taken = prosody.features(sound, turn.said(stops)), until
            over = turn.over(stops, resumes)
            if values is not None and over is not None:
                length = ENDLESS if resumes is None else (resumes - stops) * audio.FRAME_SECONDS
                yield Pause(values, over, length, source)


class _Turn:
    """A stretch of speech in frames; `voiced` has the frames of the call that are voice in it."""

    def __init__(self, stretch: Stretch, voiced: Voice) -> None:
        self.stretch, self.heard = stretch, np.flatnonzero(voiced)
        self.begins = max(0, int(self.heard[0]) - PRE_ROLL) if len(self.heard) else 0

    def gaps(self) -> Iterator[tuple[int, int | None]]:
        """Yield the frame at which each pause begins, and that at which the caller goes on: None at the end."""
        heard: list[int] = self.heard.tolist()
        for last, following in pairwise(heard):
            if following - last > DECISION:
                yield last + 1, following
        if heard:
            yield heard[-1] + 1, None

    def said(self, stops: int) -> float:
        """Return the seconds of the turn before a pause."""
        return float((stops - self.heard[0]) * audio.FRAME_SECONDS)

    def over(self, stops: int, resumes: int | None) -> bool | None:
        """Return the label of a pause; None, no evidence, if the agent was heard when it began."""
        if resumes is None:
            return self.stretch.over
        at = stops * audio.FRAME_SECONDS
        return None if any(start <= at < end for start, end in self.stretch.agent) else False


def _voiced(voice: Voice, stretch: Stretch) -> Voice:
    """Return the frames of the call that are voice, those outside the stretch's spans left out."""
    inside = np.zeros(len(voice), np.bool_)
    for start, end in stretch.spans:
        inside[math.floor(start / audio.FRAME_SECONDS + 0.5) : math.floor(end / audio.FRAME_SECONDS + 0.5)] = True
    return voice & inside


def _sound(pcm: bytes, begins: int, ends: int) -> bytes:
    """Return the PCM of some frames, with silence in the place of those after the end of the record."""
    sound = pcm[begins * audio.FRAME_BYTES : ends * audio.FRAME_BYTES]
    return sound.ljust((ends - begins) * audio.FRAME_BYTES, b"\0")
