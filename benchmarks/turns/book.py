"""The words of a set: those that the caller says in its clips, and those that the agent's clips are the sound of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.turns.clips import Clip
from pipeline import audio
from pipeline.text import normalise

SHORT = 1.2  # seconds of a short reply
LETTER = 0.06  # seconds of the agent's speech for a letter of any other text
EDGES = re.compile(r"^\W+|\W+$")
PAUSE = 0.1  # seconds of silence that are a pause


class Word(NamedTuple):
    """A word and when it is said, in seconds."""

    text: str
    begin: float
    end: float

    @property
    def middle(self) -> float:
        """The middle of its time."""
        return (self.begin + self.end) / 2


def words(clip: Clip, said: str | None = None) -> list[Word]:
    """Return a clip's words, spread over its speech by their letters, none in a pause; `said` stands for its text."""
    texts = [word for each in (clip.text if said is None else said).split() if (word := EDGES.sub("", each))]
    spans = _speech(clip)
    letters, whole = sum(map(len, texts)), sum(end - begin for begin, end in spans)
    found, past = [], 0
    for text in texts:
        begin, end = (_at(spans, whole * part / letters) for part in (past, past + len(text)))
        found.append(Word(text, begin, end))
        past += len(text)
    return found


def _speech(clip: Clip) -> list[tuple[float, float]]:
    spans, begin = [], min(clip.voice[0], clip.end - 0.02)
    for hold, over in clip.holds:
        if hold > begin:
            spans.append((begin, hold))
        begin = max(begin, over)
    return [*spans, (begin, max(clip.end, begin + 0.02))]


def _at(spans: Sequence[tuple[float, float]], spoken: float) -> float:
    """Return the time at which so many seconds of speech are over."""
    for begin, end in spans:
        if spoken <= end - begin + 1e-9:
            return begin + spoken
        spoken -= end - begin
    return spans[-1][1]


class Book:
    """The agent's sentences and their sound, mu-law: a long one for each of its clips, and the start of each.

    Any other text, such as an apology, is a clip backwards: a voice as well, and never taken for a sentence.
    """

    def __init__(self, clips: Sequence[Clip]) -> None:
        self.clips = [clip.trimmed() for clip in clips] or [audio.encode(audio.tone(3.0, 220))]
        self.long = [f"{_plain(clip.text) if clips else ''} sentence {at} long." for at, clip in enumerate(clips)]
        self.long = self.long or ["sentence 0 long."]
        self.short = [f"answer {at} short." for at in range(len(self.clips))]
        pairs = [*zip(self.long, self.clips, strict=True), *zip(self.short, self.clips, strict=True)]
        self.sounds = {
            normalise(text): ulaw if text in self.long else ulaw[: round(SHORT * audio.RATE)] for text, ulaw in pairs
        }

    def sound(self, text: str) -> bytes:
        """Return the sound of a text; of a sentence's last words alone, the end of its sound."""
        said = normalise(text)
        if said in self.sounds:
            return self.sounds[said]
        for whole, ulaw in self.sounds.items():
            if said and whole.endswith(f" {said}"):
                return ulaw[round(len(ulaw) * (1 - len(said) / len(whole))) :]
        backwards = self.clips[len(said) % len(self.clips)][::-1]
        count = max(1, round(LETTER * len(said) * audio.RATE))
        return (backwards * (count // len(backwards) + 1))[:count]


def _plain(text: str) -> str:
    return " ".join(EDGES.sub("", word) for word in text.split())
