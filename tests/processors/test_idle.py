from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import (
    AgentSpeaking,
    CallStarted,
    Control,
    Dtmf,
    Frame,
    Hangup,
    Interrupt,
    Keys,
    ReplyEnded,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    ToolBegan,
    ToolEnded,
    Transcript,
    TurnDropped,
)
from pipeline.testing import run
from pipeline.text.fixed import PHRASES, WAITS
from pipeline.vocabulary import DropReason, KeysEnd, UseOutcome
from processors.idle import Idle

START = CallStarted("CA1", "MZ1", {})
LINES = ["Still there?", "Goodbye."]
HEARD = [AgentSpeaking(True), 1.0, AgentSpeaking(False, "Hello.")]
LEAVES = [15.0, AgentSpeaking(True), AgentSpeaking(False, "Still there?"), 15.0, AgentSpeaking(True), 1.0]


def idle(inputs: list[Any], **changed: Any) -> list[Frame | Control]:
    settings: dict[str, Any] = {"say": LINES, **changed}
    return run(Idle(Idle.Settings(**settings)), [START, *inputs])


def lines(inputs: list[Any], **changed: Any) -> list[str]:
    return [it.text for it in idle(inputs, **changed) if isinstance(it, ReplyText)]


@pytest.mark.fault("I-7", "D7")
@pytest.mark.parametrize(("quiet", "said"), [(14.99, []), (15.01, LINES[:1])])
def test_a_silent_caller_is_asked_after_15_s(quiet: float, said: list[str]) -> None:
    """From the start of the call, if the agent is silent, too."""
    assert lines([quiet]) == said


@pytest.mark.parametrize(("quiet", "said"), [(14.99, []), (15.01, LINES[:1])])
def test_the_silence_begins_at_the_end_of_the_agents_sound(quiet: float, said: list[str]) -> None:
    """As it was heard, also if it was stopped in the middle."""
    assert lines([10.0, *HEARD, quiet]) == said
    assert lines([10.0, AgentSpeaking(True), 1.0, Interrupt(0, "Hel", 0.4), quiet]) == said


def test_a_line_is_a_reply() -> None:
    """Its text and its end."""
    assert idle([15.1])[1:] == [ReplyText(1, LINES[0]), ReplyEnded(1)]


def test_nothing_is_said_while_the_caller_speaks() -> None:
    """However long; and it is at the latest a second after a turn that came to nothing."""
    assert lines([14.0, SpeechStarted(1, 14.0), 20.0]) == []
    nothing = [14.0, SpeechStarted(1, 14.0), 6.0, SpeechStopped(1, 20.0), TurnDropped(1, DropReason.UNHEARD)]
    assert lines([*nothing, 1.01]) == LINES[:1]


@pytest.mark.parametrize("result", [Transcript(1, ""), TurnDropped(1, DropReason.UNHEARD)])
def test_the_result_of_a_long_turn_does_not_end_the_next(result: Frame) -> None:
    """The caller speaks on, and the first part of it had no words."""
    going_on = [8.0, SpeechStarted(1, 8.0), 7.0, SpeechStopped(1, 15.0), SpeechStarted(2, 15.0), 0.1, result]
    assert lines([*going_on, 20.0]) == []


def test_words_begin_anew() -> None:
    """The first line comes again, and a silence before it."""
    assert lines([15.1, *HEARD, 10.0, Transcript(1, "Yes."), 14.9]) == LINES[:1]
    assert lines([15.1, *HEARD, 10.0, Transcript(1, "Yes."), 15.1]) == [LINES[0], LINES[0]]


@pytest.mark.parametrize(
    "nothing", [Transcript(1, " . "), Transcript(1, "Hm", final=False), TurnDropped(1, DropReason.SHORT)]
)
def test_a_turn_without_words_begins_nothing_anew(nothing: Frame) -> None:
    """It was silence."""
    assert lines([15.1, *HEARD, 10.0, SpeechStarted(1, 10.0), nothing, TurnDropped(1, DropReason.SHORT), 5.1]) == LINES


def test_a_key_is_a_sign_of_life() -> None:
    """As good as words."""
    assert lines([14.9, Dtmf("1"), 14.9]) == []
    assert lines([15.1, Dtmf("1"), 15.1]) == [LINES[0], LINES[0]]


@pytest.mark.fault("K5")
def test_nothing_is_said_while_a_tool_is_at_work() -> None:
    """However many are, and however long; then the silence begins anew."""
    works = [ToolBegan(1, 1, "book", "{}"), ToolBegan(2, 1, "look", "{}"), 20.0, _ended(1), 20.0]
    assert lines(works) == [] and lines([*works, _ended(2), 14.9]) == []
    assert lines([*works, _ended(2), 15.1]) == LINES[:1]
    assert lines([1.0, _ended(1), 14.9]) == [] and lines([1.0, _ended(1), 15.1]) == LINES[:1]


@pytest.mark.fault("K5")
def test_nothing_is_said_while_keys_are_typed() -> None:
    """An entry is a turn of the caller, with words or for a tool; one without keys is no sign of life."""
    typed = [10.0, SpeechStarted(1, 10.0), 20.0]
    assert lines(typed) == [] and lines([*typed, Keys(1, "12", KeysEnd.END), 14.9]) == []
    assert lines([*typed, Keys(1, "12", KeysEnd.END), 15.1]) == LINES[:1]
    assert lines([14.0, Keys(1, "", KeysEnd.TIMEOUT), 1.1]) == LINES[:1]


@pytest.mark.fault("K6")
@pytest.mark.parametrize("language", WAITS)
def test_who_asks_to_be_waited_for_has_longer(language: str) -> None:
    """25 s before the first line, in their language; other words end it."""
    for words in WAITS[language]:
        said = [Transcript(1, f"{words}!"), *HEARD]
        assert _lines([*said, 24.9], language) == [] and _lines([*said, 25.1], language) == LINES[:1]
    assert _lines([*said, 25.1, *HEARD, 15.1], language) == LINES
    assert _lines([*said, Transcript(2, "X"), 15.1], language) == LINES[:1]


def test_the_longer_silence_is_no_shorter_one() -> None:
    """Where `after` is more."""
    assert lines([Transcript(1, "One moment, please."), 39.9], after=40.0) == []


@pytest.mark.fault("I-7")
def test_the_call_ends_once_the_goodbye_was_heard() -> None:
    """And not before."""
    assert lines(LEAVES) == LINES and not _hung_up(idle(LEAVES))
    assert _hung_up(idle([*LEAVES, AgentSpeaking(False, "Goodbye.")])) == ["silence"]


def test_a_goodbye_cut_short_by_a_cough_is_said_to_its_end_first() -> None:
    """The rest of it, heard alone, ends the call."""
    cough = [*LEAVES, SpeechStarted(1, 31.0), Interrupt(0, "Good", 0.2), TurnDropped(1, DropReason.SHORT)]
    assert not _hung_up(idle(cough))
    assert _hung_up(idle([*cough, AgentSpeaking(True), 1.0, AgentSpeaking(False, "bye.")])) == ["silence"]


def test_words_withdraw_a_goodbye() -> None:
    """A caller who is back is not hung up on, then or later."""
    back = [*LEAVES, SpeechStarted(1, 31.0), Interrupt(0, "Good", 0.2), Transcript(1, "I am here"), *HEARD, 14.0]
    assert not _hung_up(idle(back)) and lines([*back, 1.1]) == [*LINES, LINES[0]]


def test_a_question_in_the_place_of_the_goodbye_puts_it_off() -> None:
    """It is said after one more silence."""
    other = [*LEAVES, AgentSpeaking(False, "Sorry, I did not catch that.")]
    assert not _hung_up(idle(other)) and lines([*other, 15.1]) == [*LINES, LINES[1]]


def test_a_goodbye_that_never_sounds_keeps_no_call() -> None:
    """A voice that fails costs one more silence."""
    assert not _hung_up(idle([44.0])) and _hung_up(idle([45.1])) == ["silence"]


def test_it_may_go_on() -> None:
    """Each line once, until words come."""
    out = idle([300.0], then="go_on")
    assert [it.text for it in out if isinstance(it, ReplyText)] == LINES and not _hung_up(out)
    assert lines([300.0, Transcript(1, "Yes."), 15.1], then="go_on") == [*LINES, LINES[0]]


@pytest.mark.parametrize("language", PHRASES)
def test_its_lines_are_of_the_language(language: str) -> None:
    """Without own ones; they are known ahead."""
    said = Idle.phrases(Idle.Settings(), language)
    assert said == (PHRASES[language]["silent"], PHRASES[language]["leaving"])
    assert Idle.phrases(Idle.Settings(then="go_on"), language) == said[:1]


def test_lines_that_make_no_sense_are_named() -> None:
    """A line without words is a fault; a goodbye alone, and a foreign script, are doubted."""
    assert list(Idle.Settings(say=["Still there?", " … "]).faults()) == [("say[2]", "has no words")]
    assert [at for at, _ in Idle.Settings(say=["Goodbye."]).doubts()] == ["say"]
    assert [at for at, _ in Idle.Settings(say=LINES).doubts_in("he-IL")] == ["say[1]", "say[2]"]


def _hung_up(out: list[Frame | Control]) -> list[str]:
    return [it.reason for it in out if isinstance(it, Hangup)]


def _ended(use: int) -> ToolEnded:
    return ToolEnded(use, 1, "book", UseOutcome.DONE)


def _lines(inputs: list[Any], language: str) -> list[str]:
    out = run(Idle(Idle.Settings(say=LINES)), [START, *inputs], language=language)
    return [it.text for it in out if isinstance(it, ReplyText)]
