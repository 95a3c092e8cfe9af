"""The frames that take the place of a failed step's output, so that a caller's turn never ends in silence."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline import audio
from pipeline.frames import (
    AudioEnded,
    AudioOut,
    Control,
    Frame,
    ReplyEnded,
    ReplyText,
    Transcript,
    Utterance,
)
from pipeline.vocabulary import ReplyEnd

Gives = tuple[type[Frame] | type[Control], ...]


def in_place_of(lost: Frame, gives: Gives, sentence: str) -> Iterator[Frame]:
    """Yield the frames for a step that gives frames of these classes and has failed at one that it was to use up.

    A model says the sentence, a recogniser gives a transcript without words, which is asked about, and a voice beeps.
    Yields nothing for a step of another kind, and in the place of interim words.
    """
    # Interim words are followed by final ones, which have an answer of their own.
    if (isinstance(lost, Transcript) and lost.final and ReplyText in gives) or isinstance(lost, Utterance):
        yield from reply(lost.turn, gives, sentence)
    elif isinstance(lost, ReplyText):
        yield from list(reply(lost.turn, gives, sentence))[:1]  # its end comes in the place of ReplyEnded
    elif isinstance(lost, ReplyEnded):
        yield from list(reply(lost.turn, gives, sentence))[1:]


def reply(turn: int, gives: Gives, sentence: str) -> Iterator[Frame]:
    """Yield the whole output of a turn for a step that gives frames of these classes and has failed in its work."""
    if ReplyText in gives:
        yield ReplyText(turn, sentence)
        yield ReplyEnded(turn, ReplyEnd.FAILED)
    elif Transcript in gives:
        yield Transcript(turn, "")
    elif AudioOut in gives:
        yield AudioOut(turn, audio.beep(), "")
        yield AudioEnded(turn)
