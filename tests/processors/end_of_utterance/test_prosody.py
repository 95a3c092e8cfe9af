"""The end of a turn by the caller's voice and words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError
from pipeline.frames import AudioIn, Control, Frame, SentenceOpen, SpeechStarted, SpeechStopped, TurnLikely
from pipeline.prosody.score import read_weights
from pipeline.testing import play, run
from processors.end_of_utterance import EndOfUtterance
from tests.kit.chain import chain
from tests.kit.prosody import glide, pause

LEVEL, FALL, RISE = glide(150, 150, 0.8), glide(150, 100, 0.4, fade=10), glide(150, 240, 0.4)


def heard(*parts: bytes | Control, **changed: Any) -> list[Frame | Control]:
    """What the step makes of sound, whose loud frames are voice, and of controls between."""
    inputs: list[Any] = []
    for part in parts:
        if isinstance(part, Control):
            inputs.append(part)
            continue
        frames = [part[at : at + 320] for at in range(0, len(part), 320)]
        inputs += [AudioIn(pcm, 0.0, max(pcm) > 0) for pcm in frames]
    settings = EndOfUtterance.Settings(**{"prosody": True, "patience": 2.0, **changed})
    return run(EndOfUtterance(settings), inputs)


def silences(*parts: bytes | Control, **changed: Any) -> list[float]:
    """The silence that ended each turn."""
    return [round(it.silence, 2) for it in heard(pause(0.5), *parts, **changed) if isinstance(it, SpeechStopped)]


def test_a_voice_that_has_fallen_ends_its_turn_sooner_than_one_that_stays_up() -> None:
    """Between 0.4 s and 2 s."""
    [soon], [late] = silences(LEVEL, FALL, pause(3)), silences(LEVEL, RISE, pause(3))
    assert 0.4 <= soon < 0.6 and 1.5 < late <= 2.0


def test_a_pause_is_judged_once_at_200_ms_and_again_at_the_next() -> None:
    """TurnLikely has the turn, the probability, and the silence that then ends it."""
    out = heard(pause(0.5), LEVEL, RISE, pause(0.3), LEVEL, FALL, pause(3))
    first, second = [it for it in out if isinstance(it, TurnLikely)]
    [stopped] = [it for it in out if isinstance(it, SpeechStopped)]
    assert first.turn == second.turn == stopped.turn == 1
    assert first.over < 0.5 < second.over and first.silence > second.silence
    assert stopped.silence == pytest.approx(second.silence, abs=0.021)
    frames = [it for it in out if isinstance(it, AudioIn | TurnLikely)]
    before = frames[frames.index(first) - 10 : frames.index(first)]
    assert not any(it.voiced for it in before if isinstance(it, AudioIn)) and len(before) == 10


def test_a_pause_shorter_than_that_is_not_judged() -> None:
    """Nothing is decided between two words."""
    out = heard(pause(0.5), LEVEL, pause(0.18), LEVEL)
    assert not [it for it in out if isinstance(it, TurnLikely)]


def test_a_caller_who_goes_on_within_the_patience_is_in_the_same_turn() -> None:
    """A voice that stayed up may pause for a second."""
    out = heard(pause(0.5), LEVEL, RISE, pause(1.2), LEVEL, FALL, pause(3))
    assert len([it for it in out if isinstance(it, SpeechStarted)]) == 1


def test_words_that_end_no_sentence_ask_for_the_longest_silence() -> None:
    """Also after a voice that has fallen, until they end one."""
    opens, closes = SentenceOpen(1, True), SentenceOpen(1, False)
    assert silences(LEVEL, FALL, opens, pause(3)) == [2.0]
    assert silences(LEVEL, FALL, pause(0.3), opens, pause(3)) == [2.0]
    assert silences(LEVEL, FALL, pause(0.3), opens, pause(0.4), closes, pause(3)) == [0.72]
    assert silences(LEVEL, FALL, opens, pause(3), patience=1.2) == [1.2]


def test_words_that_ask_end_their_turn_by_the_set_silence_at_the_latest() -> None:
    """A question rises at its end, as a voice does that goes on; words that end no sentence count for more."""
    asks, asks_on = SentenceOpen(1, False, True), SentenceOpen(1, True, True)
    assert silences(LEVEL, RISE, pause(0.3), asks, pause(3)) == [0.48]
    assert silences(LEVEL, RISE, asks, pause(0.3), asks_on, pause(3)) == [2.0]
    assert silences(LEVEL, FALL, asks, pause(3), min_silence=1.5) == silences(LEVEL, FALL, pause(3), min_silence=1.5)


def test_words_of_another_turn_count_for_nothing() -> None:
    """An older turn's, or those of the turn before the one that begins."""
    assert silences(LEVEL, FALL, SentenceOpen(0, True), pause(3))[0] < 0.6
    first, second = silences(LEVEL, FALL, SentenceOpen(1, True), pause(3), LEVEL, FALL, pause(3))
    assert first == 2.0 and second < 0.6


def test_without_prosody_every_turn_ends_after_the_set_silence() -> None:
    """The voice, the words and the patience count for nothing, and no pause is judged."""
    for parts in ((LEVEL, FALL), (LEVEL, RISE), (LEVEL, RISE, SentenceOpen(1, True))):
        assert silences(*parts, pause(3), prosody=False) == [0.48]
    assert not [it for it in heard(pause(0.5), LEVEL, pause(3), prosody=False) if isinstance(it, TurnLikely)]


@pytest.mark.parametrize(("least", "silence"), [(0.3, 0.4), (1.0, 0.83)])
def test_the_set_silence_is_what_the_voice_makes_more_or_less_of(least: float, silence: float) -> None:
    """Twice as much of it is twice the patience, within the bounds."""
    [found] = silences(LEVEL, FALL, pause(3), min_silence=least)
    assert found == pytest.approx(silence, abs=0.3) and found >= 0.4


def test_a_turn_of_the_greatest_length_is_not_ended_in_a_pause() -> None:
    """It is ended where the caller goes on, or by the silence that the voice asks for."""
    long = b"".join([LEVEL] * 3)
    [first, *_] = silences(long, RISE, pause(0.7), LEVEL, FALL, pause(3), max_length=3.2)
    assert first == 0.0
    assert silences(long, RISE, pause(3), max_length=3.2)[0] > 1.5


def test_the_sooner_silence_is_not_before_the_judgement() -> None:
    """`soon` below `early` is a fault of the config."""
    assert list(EndOfUtterance.Settings(soon=0.2, early=0.3).faults()) == [("soon", "is less than `early`, 300ms")]
    assert not list(EndOfUtterance.Settings().faults())


def test_the_weights_of_a_file_judge_the_voice(tmp_path: Path, config: Callable[..., Config]) -> None:
    """Weights that take every pause for the end let a voice that stays up end its turn soon."""
    own = msgspec.structs.replace(read_weights(), bias=20.0)
    (tmp_path / "own.json").write_bytes(msgspec.json.encode(own))
    step = "end_of_utterance: {prosody: true, weights: own.json}"
    call = play(config(chain(end_of_utterance=step)), [(1.0, LEVEL + RISE)], 6.0)
    [(_, stopped)] = call.frames(SpeechStopped)
    assert stopped.silence == pytest.approx(0.4, abs=0.021)


def test_a_wrong_file_of_weights_is_a_fault_of_the_config(tmp_path: Path, config: Callable[..., Config]) -> None:
    """Told with its place before any call."""
    (tmp_path / "own.json").write_text("{}")
    with pytest.raises(ConfigError, match="is no file of prosody weights"):
        config(chain(end_of_utterance="end_of_utterance: {prosody: true, weights: own.json}"))


def test_a_voice_that_tells_nothing_ends_its_turn_by_the_set_silence() -> None:
    """One word, which is no shorter, or a machine's voice without melody; the work on the answer is begun."""
    for voice in (glide(150, 240, 0.3), LEVEL * 2):
        assert silences(voice, pause(3)) == [0.48]
        assert [it.over for it in heard(pause(0.5), voice, pause(3)) if isinstance(it, TurnLikely)] == [0.5]
