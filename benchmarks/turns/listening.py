"""Scenes in which the agent listens: whole sentences with their pauses, short answers, and keys in the silence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from benchmarks.turns import sounds
from benchmarks.turns.book import PAUSE, Book, Word, words
from benchmarks.turns.clips import Clip, Samples
from benchmarks.turns.ears import Ears
from benchmarks.turns.line import PhoneLine, Steps, settled, until, wait
from benchmarks.turns.scenes import Figures, Scene
from benchmarks.turns.speaking import ANSWERED, phrase
from pipeline import audio

ANSWER = 6.0  # seconds that the agent has to answer a sentence
BETWEEN = 1.1  # seconds of quiet between a reply and the caller's next sentence
SLACK = 0.15  # seconds after a pause in which the agent's reply still comes from it


@dataclass(frozen=True, kw_only=True)
class TurnsScene(Scene):
    """Sentences of one caller, one after the other, each after the reply to the one before; `gain` in dB.

    With `decisions` the stand-ins take no time, and a sentence that is answered too early is broken off there: each of
    its pauses up to then has been sat out or been cut.
    """

    clips: tuple[Clip, ...]
    gain: float = 0.0
    decisions: bool = False

    def replies(self, book: Book) -> list[str]:
        return [book.short[at % len(book.short)] for at in range(3 * len(self.clips) + 3)]

    def script(self, line: PhoneLine, figures: Figures) -> Steps:
        figures["turns"] = turns = list[Figures]()
        yield from settled(line)
        for clip in self.clips:
            yield from until(line, lambda: line.hushed > BETWEEN, 20)
            begin = line.lay(sounds.louder(clip.samples, self.gain), words(clip))
            turns.append({"clip": clip.number, "lang": clip.lang, "begin": begin})
            yield from self._spoken(line, clip, line.playback.end)
            yield from until(line, partial(_is_heard, line, begin + clip.end), ANSWER)

    def _spoken(self, line: PhoneLine, clip: Clip, before: float) -> Steps:
        if not self.decisions:
            yield from wait(line, clip.seconds)
            return
        yield from until(line, lambda: line.playback.end > before, clip.end)
        if line.playback.end > before:
            line.break_off()

    def measure(self, ears: Ears, book: Book, figures: Figures) -> None:
        starts = [turn.pop("begin") for turn in figures["turns"]] + [float("inf")]
        for turn, clip, begin, following in zip(figures["turns"], self.clips, starts, starts[1:], strict=False):
            over = begin + clip.end
            first = ears.onset(begin)
            too_early = first is not None and first < over
            answered = ears.onset(over)
            turn["into"] = too_early
            turn["answered"] = too_early or (answered is not None and answered < following)
            sane = answered is not None and answered < following and not too_early
            turn["delay"] = round(answered - over, 3) if sane and answered is not None else None
            turn["pauses"] = pauses_of(clip, first - begin if too_early and first is not None else None)


def _is_heard(line: PhoneLine, after: float) -> bool:
    return line.playback.end - line.start > after


def pauses_of(clip: Clip, cut: float | None) -> list[bool]:
    """Return for each pause that came whether it was cut: by a reply `cut` seconds into the clip, or by none."""
    found = []
    for begin, over in clip.holds:
        if over - begin < PAUSE or (cut is not None and cut < begin):
            continue
        found.append(cut is not None and cut <= over + SLACK)
        if found[-1]:
            break
    return found


@dataclass(frozen=True, kw_only=True)
class AnswerScene(Scene):
    """A question, the agent's reply, and `gap` seconds after it a short sound; is it answered?"""

    question: Clip
    event: Samples
    words: tuple[Word, ...] = ()
    gap: float = 0.3

    def replies(self, book: Book) -> list[str]:
        return book.short

    def script(self, line: PhoneLine, figures: Figures) -> Steps:
        yield from settled(line)
        sound, said = phrase(self.question)
        line.lay(sound, said)
        yield from wait(line, len(sound) / audio.RATE)
        before = line.playback.end
        yield from until(line, lambda: line.playback.end > before, ANSWERED)
        yield from until(line, lambda: line.hushed >= self.gap - audio.FUZZ, 20)
        figures["at"] = line.lay(self.event, self.words)
        yield from wait(line, len(self.event) / audio.RATE)
        figures["over"], after = line.at / audio.RATE, line.playback.end
        yield from until(line, lambda: line.playback.end > after, ANSWER)

    def measure(self, ears: Ears, book: Book, figures: Figures) -> None:
        figures["answered"] = ears.onset(figures["at"]) is not None
