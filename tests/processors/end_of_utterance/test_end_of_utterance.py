from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import (
    AgentSpeaking,
    AudioIn,
    HeldUtterance,
    Interrupt,
    ReplyHeld,
    ReplyStopped,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
    WordsHeld,
)
from pipeline.processor import Processor
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.end_of_utterance import EndOfUtterance

near: Any = pytest.approx
ON, OFF = AgentSpeaking(True), AgentSpeaking(False)
MIDDLE = ReplyHeld(1, "One two", 5.0)


def sound(*lengths: int) -> list[AudioIn]:
    """20 ms frames, by turns silent and voiced for so many frames."""
    voiced = [bool(index % 2) for index, length in enumerate(lengths) for _ in range(length)]
    return [AudioIn(bytes(320), 0.0, it) for it in voiced]


def told(*inputs: Any, language: str = "en-US", **changed: Any) -> list[Any]:
    """All that the step sends down but the sound."""
    step = EndOfUtterance(EndOfUtterance.Settings(**changed))
    out = run(step, [it for each in inputs for it in (each if isinstance(each, list) else [each])], language=language)
    controls = (AudioIn, AgentSpeaking, Interrupt, ReplyHeld, WordsHeld)
    return [it for it in out if not isinstance(it, controls)]


def kinds(*inputs: Any, **changed: Any) -> list[str]:
    return [type(it).__name__ for it in told(*inputs, **changed)]


def test_voice_over_the_agent_is_held_and_no_turn() -> None:
    """At the third voiced frame, with its pre-roll; the number is one that no turn has yet."""
    [held] = told(ON, sound(20, 3))
    assert held == SpeechHeld(1, 0.4, bytes(13 * 320), near(0.06), near(0.96))


@pytest.mark.parametrize(("voiced", "turn"), [(19, False), (20, True)])
def test_so_much_voice_is_an_interruption(voiced: int, turn: bool) -> None:
    """400 ms in all: the turn has all sound from the pre-roll on, and the number that it was held under."""
    out = told(ON, sound(20, voiced))
    assert [type(it) for it in out] == [SpeechHeld, *[SpeechStarted] * turn]
    assert not turn or out[1] == SpeechStarted(1, 0.4, bytes(30 * 320), near(0.4))


def test_short_gaps_are_forgiven_and_longer_ones_count_anew() -> None:
    """Up to 140 ms of quiet: at 160 ms the agent goes on, and the next voice has 400 ms of its own."""
    assert kinds(ON, sound(20, 10, 7, 10)) == ["SpeechHeld", "SpeechStarted"]
    assert kinds(ON, sound(20, 10, 8, 10)) == ["SpeechHeld", "SpeechReleased", "SpeechHeld"]
    assert kinds(ON, sound(20, 10, 8, 20)) == ["SpeechHeld", "SpeechReleased", "SpeechHeld", "SpeechStarted"]


def test_what_was_short_is_recognised_and_has_no_turn() -> None:
    """Be it a click or a short word of which the vad has heard little: of two frames nothing is asked."""
    for voiced in (5, 4, 3):
        assert kinds(ON, sound(20, voiced, 30)) == ["SpeechHeld", "SpeechReleased", "HeldUtterance"]
    assert kinds(ON, sound(20, 2, 30)) == []


@pytest.mark.parametrize(
    ("words", "end"),
    [("mm-hm", DropReason.NOD), ("Yeah, right.", DropReason.NOD), ("", DropReason.COUGH)],
)
def test_a_nod_and_a_sound_without_words_come_to_nothing(words: str, end: DropReason) -> None:
    """Nobody below hears of its words, and the next turn has another number."""
    out = told(ON, sound(20, 5), MIDDLE, sound(30), WordsHeld(1, words), OFF, sound(60, 10))
    assert [type(it) for it in out] == [SpeechHeld, SpeechReleased, HeldUtterance, TurnDropped, SpeechStarted]
    assert out[3] == TurnDropped(1, end) and out[4].turn == 2


def test_words_that_are_no_nod_interrupt_when_they_come() -> None:
    """In the middle of the voice, while the agent goes on, or after the end: then the turn is told with its end."""
    words = WordsHeld(1, "stop", False)
    assert kinds(ON, sound(20, 5), MIDDLE, words) == ["SpeechHeld", "SpeechStarted", "Transcript"]
    assert kinds(ON, sound(20, 5, 9), words, 0.0) == ["SpeechHeld", "SpeechReleased", "SpeechStarted", "Transcript"]
    final = WordsHeld(1, "stop", True, "en-US", 0.5)
    *_, started, stopped, said = told(ON, sound(20, 5), MIDDLE, sound(38), final)
    assert (started.turn, started.at, started.since) == (1, 0.4, near(0.86))
    assert stopped == SpeechStopped(1, near(1.26), near(0.76))
    assert said == Transcript(1, "stop", True, "en-US", 0.5)


def test_an_interim_nod_lets_the_agent_go_on_at_once() -> None:
    """More voice than 400 ms after it is an interruption; the same words again say nothing new."""
    nod = WordsHeld(1, "yeah", False)
    assert kinds(ON, sound(20, 10), MIDDLE, nod, sound(0, 19)) == ["SpeechHeld", "SpeechReleased"]
    assert kinds(ON, sound(20, 10), MIDDLE, nod, sound(0, 10), nod, sound(0, 10))[-1] == "SpeechStarted"
    assert kinds(ON, sound(20, 10), MIDDLE, nod, WordsHeld(1, "yeah but", False))[-2:] == [
        "SpeechStarted",
        "Transcript",
    ]


@pytest.mark.parametrize("at", [ReplyHeld(1, "One two", 0.9), ReplyHeld(1, "Is it far?", 9.0)])
def test_a_nod_may_be_an_answer(at: ReplyHeld) -> None:
    """At the end of what the agent says, or after a question."""
    assert kinds(ON, sound(20, 5), at, sound(30), WordsHeld(1, "yes"))[-1] == "Transcript"


def test_the_nods_can_be_set() -> None:
    """They take the place of the language's."""
    spoken = (ON, sound(20, 5), MIDDLE, sound(30))
    assert kinds(*spoken, WordsHeld(1, "jawohl"), nods=["Jawohl!"])[-1] == "TurnDropped"
    assert kinds(*spoken, WordsHeld(1, "yes"), nods=["Jawohl!"])[-1] == "Transcript"
    assert kinds(*spoken, WordsHeld(1, "כן"), language="he-IL")[-1] == "TurnDropped"
    assert [path for path, _ in EndOfUtterance.Settings(nods=["yes", "…"]).faults()] == ["nods[2]"]


def test_a_long_nod_that_interrupted_is_dropped_by_its_words() -> None:
    """So that the reply goes on; of other words, and of none, the steps below hear as ever."""
    spoken = (ON, sound(20, 25), MIDDLE, Interrupt(0, "", 0.0), sound(30))
    assert told(*spoken, WordsHeld(1, "mm-hmm"))[-1] == TurnDropped(1, DropReason.NOD)
    assert told(*spoken, WordsHeld(1, "wait"))[-1] == Transcript(1, "wait")
    assert told(*spoken, WordsHeld(1, "", failed=True))[-1] == Transcript(1, "", failed=True)


def test_voice_that_outlasts_the_agent_is_the_callers_turn() -> None:
    """Once there are 120 ms of it, from its first frame on; less is a breath, whose words decide."""
    assert kinds(ON, sound(20, 3), OFF, sound(0, 2)) == ["SpeechHeld"]
    [_, started] = told(ON, sound(20, 3), OFF, sound(0, 3))
    assert (started.turn, started.at) == (1, 0.4)
    assert kinds(ON, sound(20, 3), OFF, sound(0, 2, 30))[-1] == "HeldUtterance"


def test_when_the_agent_is_stopped_the_voice_is_the_callers_turn() -> None:
    """At its next frame; and nods count as words, as nothing is left to go on with."""
    stopped = ReplyStopped(0, "", 0.0)
    assert kinds(ON, sound(20, 5), MIDDLE, stopped, sound(0, 1)) == ["SpeechHeld", "SpeechStarted"]
    assert kinds(ON, sound(20, 5, 9), MIDDLE, stopped, sound(30), WordsHeld(1, "yes"))[-1] == "Transcript"


def test_by_the_literal_rule_nothing_is_held() -> None:
    """`confirm: 0s`: the third voiced frame begins the turn."""
    assert kinds(ON, sound(20, 3), confirm=0.0) == ["SpeechStarted"]
    assert kinds(ON, sound(20, 3, 30), barge_in=False) == []


class Keys(EndOfUtterance):
    """Begins a turn of its own at each control, as a step for keys does."""

    def heard(self, control: ReplyHeld) -> None:
        super().heard(control)
        self.chain.next_turn()


def test_a_turn_that_another_step_began_meanwhile_comes_first() -> None:
    """What is held is a later one then, of another number: the recogniser hears all of its sound anew."""
    out = [
        it
        for it in run(Keys(), [ON, *sound(20, 5), MIDDLE, *sound(0, 15)])
        if isinstance(it, TurnDropped | SpeechStarted)
    ]
    assert out == [TurnDropped(1, DropReason.SHORT), SpeechStarted(3, 0.4, bytes(30 * 320), near(0.4))]


def test_words_of_speech_that_was_never_held_change_nothing() -> None:
    """Nor do those of one that has its final words."""
    assert kinds(ON, WordsHeld(5, "stop"), sound(20, 5, 30)) == ["SpeechHeld", "SpeechReleased", "HeldUtterance"]
    twice = [WordsHeld(1, "mm-hm"), WordsHeld(1, "stop")]
    assert kinds(ON, sound(20, 5), MIDDLE, sound(30), *twice)[-1] == "TurnDropped"
    assert issubclass(HeldUtterance, Utterance) and issubclass(EndOfUtterance, Processor)
