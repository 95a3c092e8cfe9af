"""Learn the weights of the prosody score from a folder of labelled telephone audio, and measure them.

    python -m benchmarks.prosody FOLDER           measures them on languages and speakers left out of learning
    python -m benchmarks.prosody FOLDER --write   writes pipeline/prosody/weights.json, too

FOLDER has turns.ulaw and turns.json: recorded sentences, each with its pauses and its end. Every sentence is heard
three times: alone, after its speaker's sentences before it, and in noise 20 dB below it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np

from pipeline import audio
from pipeline.prosody.score import FILE, Prosody
from pipeline.tools.learn.fit import PROSODY, Pause, learn, left_out
from pipeline.tools.learn.measure import auc, curve, cut_at, delay_at, silence_curve
from processors.vad.silero.detector import SileroVad
from processors.vad.silero.model import session

DECISION = 0.2  # seconds of silence after which a pause is judged
LINE, NOISE = 4.0, 164.0  # RMS of a quiet line, and of noise 20 dB below speech at -26 dBFS
STEP = audio.FRAME_SECONDS


class Clip(msgspec.Struct, frozen=True):
    """A recorded sentence: its place in the sound, its pauses and its end in seconds."""

    key: str
    lang: str
    at: int
    n: int
    holds: tuple[tuple[float, float], ...]
    end: float

    @property
    def pauses(self) -> list[tuple[float, float, bool]]:
        """The start and end of each pause; True for the one that ends the turn."""
        return [*((start, end, False) for start, end in self.holds), (self.end, self.end + 5, True)]


def speaker(pause: Pause) -> str:
    """Return the name of the speaker."""
    return pause.source


def language(pause: Pause) -> str:
    """Return the language: the two letters that a speaker's name begins with."""
    return pause.source[:2]


class Heard:
    """Sentences as Kav hears them, pause by pause."""

    def __init__(self, folder: Path) -> None:
        self.sound = (folder / "turns.ulaw").read_bytes()
        self.clips = msgspec.json.decode((folder / "turns.json").read_bytes(), type=list[Clip])
        self.random = np.random.default_rng(1)

    def pauses(self, level: float, alone: bool) -> Iterator[Pause]:
        """Yield the pauses of every sentence on a line with this noise (RMS)."""
        voices: dict[str, Prosody] = defaultdict(Prosody)
        for clip in self.clips:
            pcm = self.noisy(clip, level)
            yield from _judged(clip, pcm, Prosody() if alone else voices[clip.lang])

    def noisy(self, clip: Clip, level: float) -> bytes:
        """Return a sentence's PCM and a second of silence, in noise."""
        clean = np.frombuffer(audio.decode(self.sound[clip.at : clip.at + clip.n]), "<i2")
        noise = np.convolve(self.random.standard_normal(len(clean) + audio.RATE + 5), np.ones(6) / 6, "valid")
        mixed = noise / noise.std() * level
        mixed[: len(clean)] += clean
        return bytes(np.clip(mixed, -32768, 32767).astype("<i2"))


def _judged(clip: Clip, pcm: bytes, prosody: Prosody) -> Iterator[Pause]:
    voiced = _voiced(pcm)
    begun = said = 0.0
    taken = 0
    for start, end, over in clip.pauses:
        heard = [at for at in range(round(begun / STEP), min(round(start / STEP) + 3, len(voiced))) if voiced[at]]
        stops = (heard[-1] + 1) * STEP if heard else start
        said += start - begun
        until = 2 * round((min(stops + DECISION, end)) * audio.RATE)
        quiet = bytes(max(0, 2 * round((stops + DECISION) * audio.RATE) - until))
        values = prosody.features(pcm[taken:until] + quiet, said)
        if values is not None:
            yield Pause(values, over, end - start, clip.lang)
        begun, taken = end, until


def _voiced(pcm: bytes) -> list[bool]:
    vad = SileroVad(SileroVad.Settings(), session())
    vad.begin()
    return [vad.hears(pcm[at : at + audio.FRAME_BYTES]) for at in range(0, len(pcm) - audio.FRAME_BYTES + 1, 320)]


def row(name: str, pauses: Sequence[Pause], scores: Sequence[float]) -> str:
    """Return a line of the table."""
    found = curve(pauses, scores)
    cuts = "  ".join(f"{cut_at(found, delay):6.1%}" for delay in (0.3, 0.48, 0.6))
    delays = "  ".join(f"{delay_at(found, cut):6.2f}" for cut in (0.05, 0.1))
    return f"{name:42} {auc(pauses, scores):5.3f}  {cuts}  {delays}"


def table(heard: dict[str, list[Pause]]) -> Iterator[str]:
    """Yield the lines of the table: every row's scores are by weights learned without the pause's own group."""
    yield f"{'':42} {'AUC':5}  {'@300':>6}  {'@480':>6}  {'@600':>6}  {'5 % s':>6}  {'10 % s':>6}"
    every = [each for pauses in heard.values() for each in pauses]
    for names, said in ((PROSODY, ""), ((*PROSODY, "said"), " and amount said")):
        for group in (language, speaker):
            scores = iter(left_out(every, group, names))
            for condition, pauses in heard.items():
                found = [next(scores) for _ in pauses]
                yield row(f"{condition}, {group.__name__} left out{said}", pauses, found)
                if condition == "alone":
                    yield _by_group(pauses, found, group.__name__)
    silent = silence_curve(heard["alone"])
    cuts = "  ".join(f"{cut_at(silent, delay):6.1%}" for delay in (0.3, 0.48, 0.6))
    yield f"{'silence alone':42}        {cuts}  {delay_at(silent, 0.05):6.2f}  {delay_at(silent, 0.1):6.2f}"


def _by_group(pauses: Sequence[Pause], scores: Sequence[float], group: str) -> str:
    key = {"language": language, "speaker": speaker}[group]
    order = sorted(zip(pauses, scores, strict=True), key=lambda pair: key(pair[0]))
    parts = ((name, list(pairs)) for name, pairs in groupby(order, lambda pair: key(pair[0])))
    return "    AUC " + "  ".join(f"{name} {auc(*zip(*pairs, strict=True)):.2f}" for name, pairs in parts)


def main() -> None:
    """Measure, and write the weights if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prosody")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    asked = parser.parse_args()
    sentences = Heard(asked.folder)
    heard = {
        "alone": list(sentences.pauses(LINE, True)),
        "after other sentences": list(sentences.pauses(LINE, False)),
        "in noise": list(sentences.pauses(NOISE, True)),
    }
    print("\n".join(table(heard)))
    if asked.write:
        every = [each for pauses in heard.values() for each in pauses]
        count, languages = len(heard["alone"]), ", ".join(sorted(set(map(language, every))))
        weights = learn(every, f"{count} pauses of recorded sentences, languages: {languages}; see docs/decisions.md")
        FILE.write_bytes(msgspec.json.format(msgspec.json.encode(weights), indent=1) + b"\n")


if __name__ == "__main__":
    main()
