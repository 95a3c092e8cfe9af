from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.frames import AgentSpeaking, Interrupt, ReplyStopped, Transcript, TurnDropped, Utterance
from pipeline.testing import run
from processors.dedup import Dedup


def said(turn: int, text: str, final: bool = True) -> Transcript:
    return Transcript(turn, text, final)


def sound(turn: int, pcm: bytes = b"\1\0" * 8000) -> Utterance:
    return Utterance(turn, pcm, 0.0, 1.0, 0.8)


def dropped(inputs: list[Any], **changed: Any) -> list[int]:
    """The turns that were dropped as repeated."""
    out = run(Dedup(Dedup.Settings(**changed)), inputs)
    assert all(it.reason == "repeated" for it in out if isinstance(it, TurnDropped))
    return [it.turn for it in out if isinstance(it, TurnDropped)]


@pytest.mark.parametrize(("gap", "turns"), [(0.5, [2]), (13.9, [2]), (14.0, []), (14.1, [])])
@pytest.mark.parametrize("it", [said, sound], ids=["words", "sound"])
def test_the_same_again_within_14_s_is_ignored(
    gap: float, turns: list[int], it: Callable[..., Any], log: list[str]
) -> None:
    """At 13.9 s a repetition is one, at 14.1 s it is not; each is logged."""
    pair = (it(1, "three rooms"), it(2, "three rooms")) if it is said else (it(1), it(2))
    assert dropped([pair[0], gap, pair[1]]) == turns
    assert log == ["DEDUP user → ignore"] * len(turns)


def test_a_repetition_does_not_prolong_the_window() -> None:
    """The window counts from what was answered, not from its last repetition."""
    assert dropped([said(1, "yes"), 10.0, said(2, "yes"), 10.0, said(3, "yes")]) == [2]


def test_the_window_can_be_set_and_switched_off() -> None:
    """`window: 0s` ignores nothing."""
    assert dropped([said(1, "yes"), 2.0, said(2, "yes")], window=1.0) == []
    assert dropped([said(1, "yes"), said(2, "yes")], window=0.0) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Three rooms, please.", "three  rooms please"),
        ("יש לי נדל״ן", 'יש לי נדל"ן'),
        ("יש לי נדל״ן", "יש לי נדל''ן"),
        ("צ׳ק", "צ'ק"),
        ("שָׁלוֹם", "שלום"),
        ("תל־אביב", "תל אביב"),
        ("WELCOME", "welcome!"),
    ],
)
def test_spellings_of_the_same_words_are_the_same(one: str, other: str) -> None:
    """Case, white space, punctuation, niqqud, geresh and gershayim do not count."""
    assert dropped([said(1, one), said(2, other)]) == [2]


def test_other_words_are_no_repetition() -> None:
    """Only the previous words count, whole."""
    assert dropped([said(1, "yes"), said(2, "yes please"), said(3, "yes")]) == []


def test_one_sample_makes_another_sound() -> None:
    """Byte for byte is what counts."""
    assert dropped([sound(1), sound(2, b"\1\0" * 7999 + b"\2\0"), sound(3)]) == []


def test_speech_without_words_repeats_nothing() -> None:
    """Empty transcripts pass, and do not count as what was said last."""
    assert dropped([said(1, "yes"), said(2, ""), said(3, "…"), said(4, "[BLANK_AUDIO]"), said(5, "yes")]) == [5]


def test_interim_transcripts_pass_and_count_for_nothing() -> None:
    """Only what is final is compared, and remembered."""
    inputs = [said(1, "yes", False), said(1, "yes", False), said(1, "yes")]
    assert run(Dedup(), inputs) == inputs


@pytest.mark.parametrize("it", [said, sound], ids=["words", "sound"])
@pytest.mark.parametrize(
    ("control", "turns"),
    [
        (AgentSpeaking(True), [2]),
        (AgentSpeaking(False, ""), [2]),
        (AgentSpeaking(False, "In Haifa."), []),
        (AgentSpeaking(False, "Please say the next digit."), []),
        (Interrupt(1, "In Haifa. Is that", 1.0), [2]),
        (Interrupt(1, "¿Quiere usted", 1.0), [2]),
        (Interrupt(1, "In Haifa. Is that right? Then", 2.0), []),
        (Interrupt(1, "在上海。对吗？然后", 2.0), []),
        (Interrupt(1, "في حيفا. هل هذا صحيح؟ ثم", 2.0), []),
        (Interrupt(1, "Հայֆայու՞մ։ Եվ", 2.0), []),
        (ReplyStopped(1, "", 0.0), []),
    ],
)
def test_what_follows_an_answer_is_no_repetition(
    it: Callable[..., Any], control: AgentSpeaking | Interrupt, turns: list[Any]
) -> None:
    """Once an answer was heard to its end, or a question in it, or will not come, the same again is a new request."""
    pair = (it(1, "yes"), it(2, "yes")) if it is said else (it(1), it(2))
    assert dropped([pair[0], 1.5, control, pair[1]]) == turns


@pytest.mark.parametrize(("language", "turns"), [("el-GR", []), ("en-US", [2])])
def test_a_greek_question_ends_in_a_semicolon(language: str, turns: list[int]) -> None:
    """In other languages this sign asks nothing."""
    inputs: list[Any] = [said(1, "ναι"), 1.5, Interrupt(1, "Σας αρέσει; Τότε", 2.0), said(2, "ναι")]
    out = run(Dedup(), inputs, language=language)
    assert [it.turn for it in out if isinstance(it, TurnDropped)] == turns


@pytest.mark.parametrize(("gap", "turns"), [(0.9, [2]), (1.1, [])])
def test_what_a_recogniser_doubles_is_no_request(gap: float, turns: list[int]) -> None:
    """Within a second of the first no caller has heard the answer and says it again."""
    assert dropped([said(1, "yes"), gap, AgentSpeaking(False, "Good."), said(2, "yes")]) == turns
