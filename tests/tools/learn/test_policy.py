"""The silence that ends a turn, and its outcome on labelled pauses."""

from __future__ import annotations

import math

import pytest

from pipeline.prosody.patience import EVEN, asked
from pipeline.tools.learn.fit import Pause
from pipeline.tools.learn.policy import Bounds, Outcome, chosen, outcome


def pause(over: bool, seconds: float, said: float = 2.0) -> Pause:
    """A pause after so many seconds of speech."""
    return Pause({"said": math.log(said)}, over, seconds, "")


PAUSES = [pause(False, 0.3), pause(False, 0.5), pause(False, 0.9), pause(True, 60.0), pause(True, 60.0)]
VOICE = Bounds(prosody=True, soon=0.3)


def test_silence_alone_is_one_length() -> None:
    """Without the voice every pause needs `min_silence`, and after a short turn less."""
    needed = Bounds(short=1.2, short_by=0.12).silences([pause(True, 9.0), pause(True, 9.0, 0.5)], [0.1, 0.9])
    assert needed == pytest.approx([0.48, 0.36])


def test_a_low_score_waits_and_a_high_one_does_not() -> None:
    """Between `soon` and `patience`; `min_silence` where the score is even."""
    assert VOICE.silences(PAUSES[:3], [0.999, EVEN, 0.001]) == pytest.approx([0.3, 0.48, 2.0])
    sure, doubtful = VOICE.silences(PAUSES[:2], [EVEN + 0.05, EVEN - 0.1])
    assert 0.3 < sure < 0.48 < doubtful < 2.0


def test_a_word_alone_is_not_judged_by_its_voice() -> None:
    """Under 0.6 s of speech, as in the call."""
    assert VOICE.silences([pause(True, 9.0, 0.4)], [0.01]) == pytest.approx([0.48])


def test_the_outcome_counts_cuts_and_delay() -> None:
    """A pause is cut if it lasts as long as it needs."""
    assert outcome(PAUSES, Bounds(min_silence=0.5).silences(PAUSES, [0.5] * 5)) == Outcome(0.6667, 0.5)


def test_the_settings_to_choose_cut_least_at_no_more_delay() -> None:
    """Scores that know ask for all the patience that there is; no more delay than allowed."""
    scores = [0.05, 0.05, 0.05, 0.95, 0.95]
    found = chosen(PAUSES, scores, Bounds(), 0.48)
    assert outcome(PAUSES, found.silences(PAUSES, scores)) == Outcome(0.0, 0.2)
    assert found.patience >= 0.9


def test_settings_keep_to_those_that_stay() -> None:
    """`soon` is never below `early`, where a pause is judged, and `patience` above `min_silence`."""
    for now in (Bounds(early=0.3), Bounds(early=0.6), Bounds(min_silence=1.3), Bounds(min_silence=0.15, early=0.1)):
        found = chosen(PAUSES, [0.5] * 5, now, 0.1)
        assert now.early <= found.soon and found.patience > now.min_silence


def test_the_silence_is_the_one_that_ends_a_turn_in_a_call() -> None:
    """The step's own patience asks for the same, to the frame."""
    bounds = Bounds(prosody=True, soon=0.24, patience=1.6)
    for score in (0.01, 0.3, 0.6, EVEN, 0.8, 0.99):
        needed = float(asked(score, bounds))
        assert bounds.silences([pause(True, 9.0)], [score])[0] == pytest.approx(needed, abs=0.0201)
