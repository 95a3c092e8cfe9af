"""The pauses after which a caller went on, told from those after which they did not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.records.reader import Recording
from pipeline.testing import voice
from pipeline.tools.learn.stretches import Stretch, stretches
from tests.kit.teaching import Part, recorded

SAID = ["That is a long answer, which goes on and on, for more than five seconds, so that a caller may speak over it."]
Heard = Callable[..., list[Stretch]]


@pytest.fixture
def heard(agent: Callable[..., Config], tmp_path: Path) -> Heard:
    """The stretches of a call with these sounds; `say` are the words that are understood."""

    def play(
        parts: list[Part], say: list[str] | None = None, seconds: float = 14.0, labels: str = "", **changes: object
    ) -> list[Stretch]:
        fields = {f"end_of_utterance.{name}": it for name, it in changes.items()}
        config = agent(say or ["one", "two", "three", "four"], SAID, fields)
        folder = recorded(config, parts, seconds, tmp_path / "calls")
        if labels:
            (folder / "labels.yaml").write_text(labels)
        return stretches(Recording.load(folder))

    return play


def test_a_caller_who_waits_for_the_answer_had_finished(heard: Heard) -> None:
    """One turn, with a pause in it that is shorter than the agent waits."""
    (one,) = heard([(1.0, voice(0.9)), (2.2, voice(0.8, 320.0))])
    assert one.over is True and len(one.spans) == 1
    assert one.spans[0] == pytest.approx((1.0, 3.0), abs=0.05)


def test_a_caller_who_speaks_again_before_the_answer_had_not(heard: Heard) -> None:
    """Two turns for the agent, and one for the caller."""
    (one,) = heard([(1.0, voice(0.9)), (2.5, voice(0.8, 320.0))])
    assert one.over is True and len(one.spans) == 2


def test_nor_had_one_whom_the_agent_talks_into(heard: Heard) -> None:
    """They go on over the first second of the answer."""
    (one,) = heard([(1.0, voice(0.9)), (3.1, voice(1.5, 320.0))])
    assert one.over is True and len(one.spans) == 2


@pytest.mark.parametrize(("at", "over"), [(4.9, None), (6.5, True)])
def test_a_later_barge_in_is_no_evidence_of_a_cut(heard: Heard, at: float, over: bool | None) -> None:
    """The answer may have caused it; a caller who has listened for three seconds had finished."""
    one, other = heard([(1.0, voice(0.9)), (at, voice(1.2, 320.0))])
    assert (one.over, other.over) == (over, True)


def test_a_nod_is_no_evidence_of_a_cut(heard: Heard) -> None:
    """A short sound in the first second of the answer goes on with nothing."""
    assert heard([(1.0, voice(0.9)), (3.1, voice(0.3, 320.0))])[0].over is not False


def test_the_agents_own_words_are_no_caller(heard: Heard) -> None:
    """They come back on the line, and are understood."""
    one, *_ = heard([(1.0, voice(0.9)), (3.1, voice(1.0, 320.0))], ["one", "that is a long answer"])
    assert one.over is None and len(one.spans) == 1


def test_a_noise_in_the_silence_changes_nothing(heard: Heard) -> None:
    """A click too short for a turn is none of the caller's voice."""
    (one,) = heard([(1.0, voice(0.9)), (2.1, voice(0.06, 900.0))])
    assert one.over is True and len(one.spans) == 1


@pytest.mark.parametrize("seconds", [0.9, 0.2])
def test_sound_without_words_is_no_speech(heard: Heard, seconds: float) -> None:
    """Neither a long noise nor a cough is a turn of the caller."""
    (one,) = heard([(1.0, voice(0.9)), (9.5, voice(seconds, 320.0))], ["one", " "], 16.0)
    assert one.over is True and one.spans[0][1] < 2.0


def test_sound_without_words_before_the_answer_leaves_it_open(heard: Heard) -> None:
    """Nobody knows if the caller went on."""
    (one,) = heard([(1.0, voice(0.9)), (2.5, voice(0.8, 320.0))], ["one", " "])
    assert one.over is None


def test_a_turn_cut_at_its_greatest_length_has_no_pause_there(heard: Heard) -> None:
    """The caller went on without one."""
    (one,) = heard([(1.0, voice(2.6))], max_length="2s")
    assert one.over is True and one.spans[1][0] - one.spans[0][1] < 0.1


def test_a_call_that_ends_before_the_answer_leaves_it_open(heard: Heard) -> None:
    """The caller may have gone on, or hung up."""
    assert [each.over for each in heard([(1.0, voice(0.9))], seconds=2.3)] in ([], [None])


def test_a_call_that_ends_at_the_start_of_the_answer_leaves_it_open(heard: Heard) -> None:
    """The caller has not listened yet."""
    assert [each.over for each in heard([(1.0, voice(0.9))], seconds=3.2)] == [None]


def test_labels_by_hand_go_first(heard: Heard) -> None:
    """They are true where the call itself tells nothing."""
    labels = 'turns:\n  - {starts: 1s, ends: 3.3s, words: "one two"}\n'
    (one,) = heard([(1.0, voice(0.9)), (2.5, voice(0.8, 320.0))], ["one", " "], labels=labels)
    assert one.over is True and one.spans == ((1.0, 3.3),)


def test_a_label_that_ends_in_a_pause_is_no_evidence(heard: Heard) -> None:
    """It was proposed by loudness alone, and the caller went on before there was an answer."""
    labels = "turns:\n  - {starts: 1s, ends: 1.9s}\n  - {starts: 2.5s, ends: 3.3s}\n"
    one, other = heard([(1.0, voice(0.9)), (2.5, voice(0.8, 320.0))], labels=labels)
    assert (one.over, other.over) == (None, True)
