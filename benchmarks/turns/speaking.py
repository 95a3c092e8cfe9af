"""Scenes while the agent speaks: the caller asks, the agent answers at length, and something sounds over the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmarks.turns import book as words_of
from benchmarks.turns.book import Book, Word
from benchmarks.turns.clips import Clip, Samples
from benchmarks.turns.ears import WHOLE, Ears
from benchmarks.turns.line import PhoneLine, Steps, settled, until, wait
from benchmarks.turns.scenes import Figures, Scene
from pipeline import audio

ANSWERED = 12.0  # seconds that the agent has to begin an answer
OVER = 2.5  # seconds without sound after which a scene is over
LONGEST = 40.0  # seconds that it lasts at most, after the sound
LATE = 5.0  # seconds after which the rest of an answer comes too late
STOPS = 1.0  # seconds within which a short word stops the agent
SETTLES = 2.0  # seconds after a sound in which a pause is put down to it


def phrase(clip: Clip) -> tuple[Samples, list[Word]]:
    """Return a clip up to its first pause, and the words in it."""
    stop = next((hold for hold, _ in clip.holds if hold > clip.voice[0] + 0.1), clip.seconds)
    said = [word for word in words_of.words(clip) if word.begin < stop]
    inside = [word for word in said if word.middle < stop] or said  # no sound is without words
    return clip.samples[: round(stop * audio.RATE)], [word._replace(end=min(word.end, stop)) for word in inside]


@dataclass(frozen=True, kw_only=True)
class SpeakingScene(Scene):
    """The caller's question, the agent's answer of some sentences, and a sound `at` seconds into it.

    The sound's voice begins `onset` seconds into it and ends at `offset`. `first` is the answer's first sentence.
    """

    question: Clip
    first: int
    sentences: int = 3
    event: Samples | None = None
    words: tuple[Word, ...] = ()
    at: float = 2.5
    onset: float = 0.0
    offset: float = 0.0
    steady: bool = False  # the sound goes on: stops are counted by the minute of speech in it

    def answer(self, book: Book) -> list[str]:
        """Return the sentences of the answer."""
        return [book.long[at] for at in self._order(book)]

    def replies(self, book: Book) -> list[str]:
        rest = [at for at in range(len(book.short)) if at not in self._order(book)] or [0]
        return [" ".join(self.answer(book)), *(book.short[at] for at in rest)]

    def _order(self, book: Book) -> list[int]:
        return [(self.first + place) % len(book.long) for place in range(min(self.sentences, len(book.long)))]

    def script(self, line: PhoneLine, figures: Figures) -> Steps:
        yield from settled(line)
        sound, words = phrase(self.question)
        asked = line.lay(sound, words)
        yield from wait(line, len(sound) / audio.RATE)
        figures["asked"], before = asked + len(sound) / audio.RATE, line.playback.end
        yield from until(line, lambda: line.playback.end > before, ANSWERED)
        figures["begun"] = line.at / audio.RATE
        if line.playback.end == before:
            return
        yield from wait(line, self.at)
        if self.event is not None:
            begin = line.lay(self.event, self.words)
            figures["onset"], figures["offset"] = begin + self.onset, begin + self.offset
            yield from wait(line, len(self.event) / audio.RATE)
        yield from until(line, lambda: line.calm > OVER, LONGEST)

    def measure(self, ears: Ears, book: Book, figures: Figures) -> None:
        answer = [book.sound(text) for text in self.answer(book)]
        begun = ears.onset(figures["asked"] - 0.3)
        figures["answered"] = begun is not None
        figures["share"] = round(ears.share(answer), 3)
        over = ears.finished(answer)
        figures["whole"] = figures["share"] >= WHOLE and ears.pause(figures["begun"], over) < LATE
        figures["stops"] = ears.stops(figures["begun"], over) if begun is not None else 0
        figures["seconds"] = round(ears.seconds(figures["offset"] if self.steady and begun else math.inf), 3)
        figures["lost"] = begun is not None and not figures["whole"]
        if "onset" in figures:
            self._react(ears, figures, over)

    def _react(self, ears: Ears, figures: Figures, over: float) -> None:
        onset, offset = figures["onset"], figures["offset"]
        figures["over"] = ears.speaks(onset)  # False: the agent had been stopped before
        figures["pause"] = round(ears.pause(onset, min(offset + SETTLES, over)), 3)
        last = max(offset, onset + STOPS)
        silent = ears.silent(onset, last)
        stopped = figures["over"] and figures["lost"] and silent is not None and silent <= last
        figures["stopped"] = stopped
        figures["silent"] = round(silent - onset, 3) if stopped and silent is not None else None
