from __future__ import annotations

import pytest

from pipeline.frames import SpeechStarted, Transcript, TurnDropped
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.asr.script import ScriptRecognizer
from tests.kit.utterances import script, texts, utterance


def test_it_understands_what_it_is_told_to() -> None:
    """One text an utterance, over and over, each a final transcript."""
    out = run(script("one", "two"), [utterance(), 0.1, utterance(), 0.1, utterance(), 0.1])
    assert out == [Transcript(0, text, True, "en-US", 1.0) for text in ("one", "two", "one")]


def test_recognition_takes_its_time() -> None:
    """Not before `delay`."""
    assert run(script("one", delay=0.5), [utterance(), 0.49]) == []
    assert len(run(script("one", delay=0.5), [utterance(), 0.51])) == 1


def test_words_are_passed_on_while_they_are_spoken() -> None:
    """One more each time, until all have been or the turn's words are final; of the text that will be."""
    recognizer = ScriptRecognizer(ScriptRecognizer.Settings(say=["one two three", "four"], interim=0.1))
    start = SpeechStarted(0, 0.0)
    out = run(recognizer, [start, 0.25, utterance(), 0.5, start, 0.5])
    words = [(it.text, it.final) for it in out if isinstance(it, Transcript)]
    assert words == [("one", False), ("one two", False), ("one two three", True), ("four", False)]


def test_what_was_understood_is_logged(log: list[str]) -> None:
    """ASR_TEXT, empty too: that is how one sees a recogniser that understands nothing."""
    run(script("three rooms", ""), [utterance(), 0.1, utterance(), 0.1])
    assert log == ["ASR_TEXT: three rooms", "ASR_TEXT: "]


@pytest.mark.parametrize(("voiced", "kind"), [(0.28, TurnDropped), (0.3, Transcript), (2.0, Transcript)])
def test_speech_without_words_is_news_and_a_cough_is_none(voiced: float, kind: type[TurnDropped]) -> None:
    """Under 300 ms of voice nobody has to be asked what they said."""
    [out] = run(script("  "), [utterance(3, voiced), 0.1], turn=3)
    assert out == (TurnDropped(3, DropReason.COUGH) if kind is TurnDropped else Transcript(3, "", True, "en-US", 1.0))


def test_short_words_are_words() -> None:
    """A cough that is understood was none."""
    assert texts(run(script("כן"), [utterance(0, 0.16), 0.1])) == [(0, "כן")]


def test_who_goes_on_is_heard_in_full() -> None:
    """An utterance that begins while the one before is being recognised ends nothing: both are understood, in order."""
    out = run(script("one", "two", delay=1.0), [utterance(1), 0.5, SpeechStarted(2, 3.0), utterance(2), 3.0], turn=1)
    assert texts(out) == [(1, "one"), (2, "two")]


def test_a_turn_that_comes_to_nothing_waits_for_the_one_before() -> None:
    """Outcomes leave in the order of their turns; with none before it, at once."""
    out = run(
        script("one", delay=1.0),
        [TurnDropped(1, DropReason.SHORT), utterance(2), TurnDropped(3, DropReason.SHORT), 2.0],
    )
    assert [it.turn for it in out] == [1, 2, 3]
    assert run(script("one"), [TurnDropped(1, DropReason.SHORT)]) == [TurnDropped(1, DropReason.SHORT)]
