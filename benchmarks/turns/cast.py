"""The scenes that a set gives: for each row of the table, the clips that it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import TypeVar

import numpy as np

from benchmarks.turns import book, sounds
from benchmarks.turns.clips import Clip, ClipSet, Samples
from benchmarks.turns.echo import Echo
from benchmarks.turns.listening import AnswerScene, TurnsScene
from benchmarks.turns.scenes import Scene
from benchmarks.turns.speaking import SpeakingScene, phrase
from pipeline import audio

T = TypeVar("T")

TALK = re.compile("talk|speech|speak|voice|people|crowd|babble|radio|television|tv")  # in a noise's key

YES, NO = "כן", "לא"
NODS = {YES, "yes", "yeah", "yep", "ok", "okay", "right", "mm-hm", "uh-huh", "sure"}  # words that may be a nod
NOD = "mm-hm"  # the word of a nod that has none in the set
QUIET_NOD = -10.0  # dB
SENTENCES = (0.8, 3.0)  # seconds of a question's or an interruption's voice
LOUDNESSES = (20, 10, 5)  # dB of the caller's speech above a noise
ECHOES = tuple(product((25, 20, 10), (0.08, 0.25)))  # dB below the agent's voice, seconds
PER_CALL = 6  # sentences
FADE = 2.0  # seconds in which a steady noise comes up
LONG = 24.0  # seconds of a steady noise: a little more than the answer


class Cast:
    """Makes the scenes of a set. `every` takes all clips, where else a sample spread over the set is taken."""

    def __init__(self, clips: ClipSet, every: bool = False) -> None:
        self.clips, self.every = clips, every
        spoken = [clip for clip in clips["turns"] if _is_phrase(clip)] or clips["turns"]
        short = sorted(spoken, key=lambda clip: len(phrase(clip)[0]))[: max(12, len(spoken) // 4)]
        self.questions = sorted(short, key=lambda clip: clip.number) or clips["words"] or clips["short"]
        self.sentences = spoken
        self.voices = [clip.samples for clip in clips["turns"]]

    def some(self, clips: Sequence[T], count: int) -> list[T]:
        """Return so many of them, evenly spread, or all."""
        if self.every or len(clips) <= count:
            return list(clips)
        return [clips[at * len(clips) // count] for at in range(count)]

    def over(self, row: str, number: int, event: Samples | None = None, **fields: object) -> SpeakingScene:
        """Return a scene in which a sound comes over the agent's speech."""
        at = 1.6 + 0.37 * (number * 5 % 8)  # spread over the answer
        question = self.question(number, fields.get("words", ()))
        given = {"at": at, "first": number, "seed": f"{number}", "offset": _seconds(event), **fields}
        return SpeakingScene(row=row, question=question, event=event, **given)  # type: ignore[arg-type]

    def question(self, number: int, unlike: object = ()) -> Clip:
        """Return a question in other words than these: the same words again would be no new turn."""
        begin, count = number * 7, len(self.questions)
        order = [self.questions[(begin + at) % count] for at in range(count)]
        return next((clip for clip in order if _texts(phrase(clip)[1]) != _texts(unlike)), order[0])

    def said(self, row: str, number: int, clip: Clip, text: str | None = None, **fields: object) -> SpeakingScene:
        """Return a scene in which a clip is said over the agent's speech; `text` stands for its words."""
        gain = fields.pop("gain", 0.0)
        assert isinstance(gain, float)
        words, (onset, offset) = tuple(book.words(clip, text)), clip.voice
        sound = sounds.louder(clip.samples, gain)
        return self.over(row, number, sound, words=words, onset=onset, offset=offset, **fields)

    def interrupted(self, row: str, number: int, clip: Clip, **fields: object) -> SpeakingScene:
        """Return a scene in which a sentence interrupts the agent."""
        sound, words = phrase(clip)
        offset = min(_seconds(sound), clip.voice[1])
        return self.over(row, number, sound, words=tuple(words), onset=clip.voice[0], offset=offset, **fields)


def _texts(words: object) -> list[str]:
    assert isinstance(words, Iterable)
    return [word.text.lower() for word in words]


def _is_phrase(clip: Clip) -> bool:
    return SENTENCES[0] <= _seconds(phrase(clip)[0]) - clip.voice[0] <= SENTENCES[1]


def _seconds(sound: Samples | None) -> float:
    return 0.0 if sound is None else len(sound) / audio.RATE


# ---- while the agent speaks ---------------------------------------------------------------------------------------


def nods(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield nods, recognised and not."""
    clips = cast.some([clip for clip in cast.clips["words"] if clip.entry.word == YES], 14)
    if row != "nods-he":
        clips = cast.some(cast.clips["short"], 12)
        clips = [clip for clip in clips for _ in range(max(1, min(3, 12 // len(clips))))]
    gain = QUIET_NOD if row == "nods-quiet" else 0.0
    for number, (clip, text) in enumerate(product(clips, (None, ""))):
        said = clip.text or NOD if text is None else text
        yield cast.said(row, number, clip, said, gain=gain)


def interruptions(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield real interruptions."""
    for number, clip in enumerate(cast.some(cast.sentences, 30)):
        yield cast.interrupted(row, number, clip)


def one_word(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield interruptions by a single word that is no nod."""
    own = [clip for clip in cast.clips["words"] if clip.entry.word.lower() not in {*NODS, NO}]
    refused = [clip for clip in cast.clips["words"] if clip.entry.word == NO]
    for number, clip in enumerate(cast.some(refused if row == "no" else own, 14)):
        yield cast.said(row, number, clip)


def synthetic(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield coughs, breaths, clicks and bursts."""
    made = {"cough": sounds.cough, "breath": sounds.breath, "click": sounds.click, "burst": sounds.burst}[row]
    for number in range(24 if cast.every else 8):
        yield cast.over(row, number, made(number))


def noises(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield the noises of a set, or those of talking people, each as a sound over the agent's speech."""
    clips = [clip for clip in cast.clips["noise"] if bool(TALK.search(clip.key)) == (row == "talkers")]
    for number, clip in enumerate(clips * max(1, 10 // max(1, len(clips)))):
        yield cast.over(row, number, clip.samples, label=clip.key, sentences=5)


def keys(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield the tones of keys over the agent's speech: single ones, and four in a row."""
    pressed = [*"159#0*28", "1234", "0507"]
    for number, row_of in enumerate(pressed):
        yield cast.over(row, number, _tones(row_of))


def _tones(pressed: str) -> Samples:
    gap = np.zeros(round(0.1 * audio.RATE), np.float32)
    return np.concatenate([part for key in pressed for part in (sounds.key_tone(key), gap)])


def music(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield music under the whole of the agent's speech."""
    for number, clip in enumerate(cast.some(cast.clips["music"], 5)):
        yield cast.over(row, number, clip.samples[: 12 * audio.RATE], label=clip.key, sentences=4, at=0.5,
                        steady=True)  # fmt: skip


def steady(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield a steady noise that comes up as a long answer begins."""
    kind, below = row.rsplit("-", 1)
    for number in range(12 if cast.every else 4):
        if kind == "babble":
            sound = sounds.babble(cast.voices, LONG, number)
        else:
            sound = (sounds.white if kind == "white" else sounds.road)(LONG, number)
        loud = sounds.faded_in(sounds.at_level(sound, sounds.SPEECH - float(below)), FADE)
        yield cast.over(row, number, loud, at=0.1, sentences=6, steady=True)


def echoes(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield an agent that hears itself, through a path."""
    _, _, way = row.partition("-")
    paths = [it for it in ECHOES if f"{it[0]:g}" == way] or list(ECHOES)
    through = "" if way.isdigit() else way
    for number, (decibels, delay) in enumerate(paths * (4 if cast.every else 2)):
        yield cast.over(row, number, None, echo=Echo(decibels, delay, through), sentences=4)


def double_talk(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield real interruptions while the agent hears itself."""
    paths = [Echo(below, delay, room) for below, delay, room in product((20, 10), (0.08, 0.25), ("", "room"))]
    clips = cast.some(cast.sentences, 16)
    for number, clip in enumerate(clips):
        yield cast.interrupted(row, number, clip, echo=paths[number % len(paths)])


# ---- while it listens ---------------------------------------------------------------------------------------------


def answers(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield short answers, inside the refractory time of the agent's speech and after it."""
    hebrew = row.startswith("answers-he")
    clips = [clip for clip in cast.clips["words"] if (clip.entry.word in (YES, NO) or clip.lang == "he") == hebrew]
    for number, clip in enumerate(cast.some(clips, 24 if hebrew else 40)):
        said = tuple(book.words(clip))
        yield AnswerScene(
            row=row, seed=f"{number} {clip.number}", question=cast.question(number, said), event=clip.samples,
            words=said, gap=0.2 if row.endswith("-soon") else 1.2,
        )  # fmt: skip


def keys_in_silence(cast: Cast, row: str) -> Iterator[Scene]:
    """Yield the tones of keys while the agent listens."""
    for number, pressed in enumerate([*"159#0*28", "1234", "0507"]):
        yield AnswerScene(row=row, seed=str(number), question=cast.question(number), event=_tones(pressed), gap=1.2)


def turns(
    cast: Cast, row: str, variant: str = "", gain: float = 0.0, most: int = 120, per_call: int = PER_CALL
) -> Iterator[Scene]:
    """Yield sentences with their pauses, speaker by speaker, so many in a call."""
    chosen = cast.some(cast.clips["turns"], most)
    speakers = dict.fromkeys(clip.speaker for clip in chosen)
    for speaker in speakers:
        own = [clip for clip in chosen if clip.speaker == speaker]
        for at in range(0, len(own), per_call):
            yield TurnsScene(
                row=row, seed=f"{speaker} {at}", clips=tuple(own[at : at + per_call]), variant=variant,
                gain=gain, decisions=variant != "",
            )  # fmt: skip


Maker = Callable[[Cast, str], Iterator[Scene]]
