"""The features of speech before a pause, against the same caller's speech before.

A voice that comes to an end falls to the bottom of its range and fades; one that will go on stays up. That holds in
languages that share nothing else, so no feature is of words, and each is a difference from the caller's own speech: a
high, a loud or a distant voice has the same features as any other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.prosody.sound import Floats, Sound

END = 30  # frames, 300 ms: the end of speech that most features are of
PHRASE = 60  # frames, 600 ms
QUIET = 10  # frames, 100 ms, at the end of the pause: the line's noise
RANGE = 25.0  # dB below the loudest speech to which sound is speech
OVER_NOISE = 6.0  # dB over the line's noise from which it is
TONE = 0.5  # from which a frame has a pitch
LEAST = 5  # frames with a pitch, without which there is nothing to compare

NAMES = ("pitch_over_low", "pitch_slope", "loudness", "loudness_slope", "phrase_slope", "phrase_peak", "tone", "said")


def features(sound: Sound, said: float) -> dict[str, float] | None:
    """Return the features of the speech before a pause; None if there is too little of it.

    `sound` is the caller's last speech, to the pause, of which 0.1 s at least are its last frames; `said` is the
    seconds of the turn so far. pitch_over_low: semitones of the last 80 ms with a pitch over the caller's low voice.
    pitch_slope: semitones a second over the last 300 ms. loudness: dB of the last 300 ms over the caller's.
    loudness_slope, phrase_slope: dB a second over the last 300 and 600 ms. phrase_peak: loudest frame of the last
    600 ms, dB over the caller's loud voice. tone: steadiness of the last vowels against the caller's. said: natural
    logarithm of the seconds.
    """
    speech = _speech(sound.loudness)
    if not speech.any():
        return None
    end = int(np.flatnonzero(speech)[-1]) + 1
    sound, speech = sound.part(slice(end)), speech[:end]
    voiced = np.flatnonzero(speech & (sound.tone > TONE))
    if len(voiced) < LEAST:
        return None
    return _measured(sound, speech, voiced) | {"said": float(np.log(max(said, 0.1)))}


def pitch_range(sound: Sound) -> float:
    """Return the semitones from the low to the high voice, the 10th to the 90th percentile; 0 without a voice."""
    loud = sound.loudness > np.percentile(sound.loudness, 95) - RANGE if len(sound) else np.zeros(0, np.bool_)
    pitch = sound.pitch[loud & (sound.tone > TONE)]
    return float(np.ptp(np.percentile(pitch, (10, 90)))) if len(pitch) else 0.0


def _measured(sound: Sound, speech: NDArray[np.bool_], voiced: NDArray[np.intp]) -> dict[str, float]:
    loudness, pitch, tone = sound
    end = len(sound)
    last = voiced[voiced >= end - END]
    if len(last) < END // 3:
        last = voiced[-(END // 3) :]
    recent = np.flatnonzero(speech[-PHRASE:]) - min(PHRASE, end)
    return {
        "pitch_over_low": float(np.median(pitch[voiced[-8:]]) - np.percentile(pitch[voiced], 10)),
        "pitch_slope": _slope(last, pitch[last]),
        "loudness": float(np.median(loudness[-END:][speech[-END:]]) - np.median(loudness[voiced])),
        "loudness_slope": _slope(np.arange(end)[-END:], loudness[-END:]),
        "phrase_slope": _slope(recent, loudness[recent]),
        "phrase_peak": float(loudness[-PHRASE:].max() - np.percentile(loudness[speech], 90)),
        "tone": float(tone[last].mean() - tone[voiced].mean()),
    }


def _speech(loudness: Floats) -> NDArray[np.bool_]:
    """Mark the frames that are speech: near the loudest in level, and over the noise of the pause."""
    if not len(loudness):
        return np.zeros(0, np.bool_)
    floor = max(np.percentile(loudness, 95) - RANGE, loudness[-QUIET:].mean() + OVER_NOISE)
    return np.asarray(loudness > floor)


def _slope(frames: NDArray[np.intp], values: Floats) -> float:
    """Return the rise of a line through values, a second; 0 for fewer than five."""
    if len(values) < LEAST:
        return 0.0
    seconds = (frames - frames.mean()) / 100
    return float(seconds @ (values - values.mean()) / (seconds @ seconds))
