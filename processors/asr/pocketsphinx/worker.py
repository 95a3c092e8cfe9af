"""A worker process of `pool.py`, run by its path: recognises utterances until the server closes its socket."""

from __future__ import annotations

import json
import math
import os
import socket
import struct
import sys
from io import BufferedRWPair
from typing import Any

import numpy as np
import samplerate
from numpy.typing import NDArray
from pocketsphinx import Decoder

NICENESS = 5  # recognition yields to the server's 20 ms grid
CONFIDENT = 0.5  # below it, the utterance counts as none of the phrases
LENGTH = struct.Struct("!I")
Segments = list[tuple[bool, int, int, float]]  # True for speech, first and last 10 ms frame, log likelihood


class Ear:
    """Recognises the phrase in an utterance, and decides if the sound fits it better than it fits any other speech."""

    def __init__(self, jsgf: str, pronunciations: dict[str, str]) -> None:
        # The lattice search (bestpath) costs half as much again and finds no more. The cepstral mean is the utterance's
        # own (batch): as good as one kept over a call (210 and 213 of 226 right), and there is nothing to keep.
        self.decoder = Decoder(lm=None, samprate=16000, cmn="batch", fwdflat=False, bestpath=False, loglevel="FATAL")
        for word, phones in pronunciations.items():
            known = self.decoder.lookup_word(word.lower()) is not None
            self.decoder.add_word(f"{word.lower()}(9)" if known else word.lower(), phones, True)
        self.decoder.add_jsgf_string("phrases", jsgf)
        self.decoder.add_allphone_file("phones", None)

    def hear(self, pcm: bytes) -> tuple[str, float]:
        """Return the phrase in 8 kHz 16-bit PCM and its confidence, 0 to 1; a blank text if no phrase fits."""
        sound = widened(pcm)
        text, phrase = self._decode("phrases", sound)
        _, phones = self._decode("phones", sound)
        sure = confidence(phrase, phones) if text and phones else 0.0
        return (text if sure >= CONFIDENT else ""), sure

    def _decode(self, search: str, sound: bytes) -> tuple[str, Segments]:
        self.decoder.activate_search(search)
        self.decoder.start_utt()
        self.decoder.process_raw(sound, full_utt=True)
        self.decoder.end_utt()
        best = self.decoder.hyp()
        if best is None:
            return "", []
        return best.hypstr, [_segment(part) for part in self.decoder.seg() if part.word != "(NULL)"]


def _segment(part: Any) -> tuple[bool, int, int, float]:
    silent = part.word == "SIL" or part.word[0] in "<[+"
    return not silent, part.start_frame, part.end_frame, math.log(part.ascore) * 1e4


def confidence(phrase: Segments, phones: Segments) -> float:
    """Return the confidence that the phrase was said: it must explain the sound nearly as well as free phones do.

    The weights are a logistic regression over phrases, other sentences and noises. Of 100 other sentences one passed
    for a phrase; of short ones, where a word may sound like another (p, Avi), one in six; 3 of 75 phrases were refused.
    """
    length = 1 + max(last for _, _, last, _ in phrase + phones)
    spoken, ratio = _by_frame(phrase, length)
    speech, free = _by_frame(phones, length)
    ratio -= free
    if not spoken.any():
        return 0.0
    worst = min(ratio[first : last + 1].mean() for word, first, last, _ in phrase if word)
    outside = ratio[~spoken].sum() / spoken.sum()
    uncovered = (speech & ~spoken).sum() / spoken.sum()
    evidence = 6.05 + 0.172 * ratio[spoken].mean() + 0.072 * worst + 0.060 * outside - 1.107 * uncovered
    return float(1 / (1 + math.exp(-max(-50.0, evidence))))


def _by_frame(segments: Segments, length: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    speech, score = np.zeros(length, bool), np.zeros(length)
    for is_speech, first, last, likelihood in segments:
        speech[first : last + 1] = is_speech
        score[first : last + 1] = likelihood / (last - first + 1)
    return speech, score


def widened(pcm: bytes) -> bytes:
    """Convert 8 kHz PCM to 16 kHz, with noise above 4 kHz that rises and falls with the sound just below it.

    The acoustic model was trained on wide-band speech, from which an empty upper band differs more than such noise.
    """
    narrow = np.frombuffer(pcm, "<i2").astype(np.float32)
    wide = samplerate.resample(narrow, 2, "sinc_fastest")
    envelope = np.convolve(np.abs(np.convolve(narrow, TOP, "same")), np.full(40, 1 / 40), "same")
    chance = np.random.default_rng(1)  # the same sound gives the same text
    hiss = np.convolve(chance.normal(0, 1.25, wide.size), ABOVE, "same")
    wide = wide + 2 * np.repeat(envelope, 2)[: wide.size] * hiss + chance.normal(0, 30, wide.size)
    return bytes(np.clip(wide, -32768, 32767).astype("<i2"))


def _band(low: float, high: float, taps: int = 63) -> NDArray[np.float64]:
    """Return a band-pass filter; edges as parts of the sampling rate."""
    at = np.arange(taps) - (taps - 1) / 2
    ideal: NDArray[np.float64] = 2 * high * np.sinc(2 * high * at) - 2 * low * np.sinc(2 * low * at)
    return ideal * np.hamming(taps)


TOP = _band(3000 / 8000, 4000 / 8000)
ABOVE = _band(3900 / 16000, 8000 / 16000)


def receive(line: BufferedRWPair) -> bytes:
    """Return the next message; raises EOFError when the server has closed the socket."""
    header = line.read(LENGTH.size)
    if len(header) < LENGTH.size:
        raise EOFError
    return line.read(LENGTH.unpack(header)[0])


def serve(line: BufferedRWPair) -> None:
    """Answer until the line ends: a setup with "ready" or its error, then each utterance with its phrase."""

    def answer(message: bytes) -> None:
        line.write(LENGTH.pack(len(message)) + message)
        line.flush()

    try:
        ear = Ear(**json.loads(receive(line)))
    except (RuntimeError, ValueError) as error:
        return answer(f"pocketsphinx cannot use the grammar: {error}".encode())
    answer(b"ready")
    while True:
        answer(json.dumps(ear.hear(receive(line))).encode())


def main() -> None:
    """Serve the socket given by its number, the first argument."""
    if sys.platform != "win32":
        os.nice(NICENESS)
    with socket.socket(fileno=int(sys.argv[1])) as mine, mine.makefile("rwb") as line:
        try:
            serve(line)
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    main()
