from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipeline.conversation import Message
from pipeline.frames import (
    Interrupt,
    ReplyEnded,
    ReplyText,
    SentenceOpen,
    SpeechStarted,
    Transcript,
    TurnDropped,
)
from pipeline.llm import Dialogue
from pipeline.testing import run
from pipeline.text.fixed import PHRASES
from pipeline.vocabulary import DropReason, ReplyEnd
from processors.llm.script import ScriptDialogue
from tests.kit.dialogue import ON, asked, heard, lines, said, script

FAILED = PHRASES["en"]["failed"]


# ---- limits -------------------------------------------------------------------------------------------------------


def sentence(length: int) -> str:
    """A sentence of so many characters, in words of four."""
    return ("word " * length)[: length - 2] + "s."


@pytest.mark.parametrize(("second", "kept"), [(210, 2), (211, 1)])
def test_a_reply_has_at_most_420_characters(second: int, kept: int) -> None:
    """A sentence that fits to the character is said; one that does not is left out whole."""
    one, two = sentence(209), sentence(second)
    assert len(f"{one} {two}") == 420 + (second - 210)
    assert said(script(f"{one} {two}"), [asked(), 0.1]) == [one, two][:kept]


def test_a_sentence_too_long_by_itself_is_cut_after_a_word() -> None:
    """Never in the middle of one."""
    [text] = said(script("well " * 200), [asked(), 0.1])
    assert 410 < len(text) <= 420 and set(text.split()) == {"well"}


@pytest.mark.parametrize(("count", "kept"), [(2, 2), (4, 4), (5, 4), (9, 4)])
def test_a_reply_has_at_most_four_sentences(count: int, kept: int) -> None:
    """The first four are said."""
    pieces = [f"Number {index}." for index in range(count)]
    assert said(script(" ".join(pieces)), [asked(), 0.1]) == pieces[:kept]


# ---- phrases ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("E7")
@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("he-IL", "בסדר, איך אוכל לסייע?"),
        ("he", "בסדר, איך אוכל לסייע?"),
        ("en-GB", "All right, how can I help?"),
        ("sv-SE", "All right, how can I help?"),
    ],
)
@pytest.mark.parametrize("empty", ["", "   ", "\n\n", "…", "?! . 🙂"])
def test_an_empty_reply_becomes_a_phrase(language: str, phrase: str, empty: str) -> None:
    """Nobody is answered with silence."""
    assert said(script(empty), [asked(), 0.1], language=language) == [phrase]


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("he-IL", "הבנתי. תרצה שאפרט או להתקדם?"),
        ("en-US", "I see. Shall I go into detail, or shall we move on?"),
    ],
)
def test_the_same_reply_again_becomes_a_phrase(language: str, phrase: str) -> None:
    """A model that loops does not make the call loop."""
    inputs = [asked(), *heard("We are open. Come in."), asked(text="and then"), 0.1]
    assert said(script("We are open. Come in."), inputs, language=language)[2:] == [phrase]


def test_the_same_reply_is_the_same_however_it_is_spelled() -> None:
    """Punctuation and case do not make it another."""
    dialogue = script("We are open.", "we are OPEN!")
    assert said(dialogue, [asked(), *heard("We are open."), asked(text="and"), 0.1])[1] == PHRASES["en"]["again"]


def test_a_reply_that_only_begins_like_the_last_is_said() -> None:
    """What turns out to be another reply loses nothing of its beginning."""
    dialogue = script("We are open. Come in.", "We are open. Bring a hat.", "We are open.")
    inputs = [
        asked(),
        *heard("We are open. Come in."),
        asked(text="b"),
        *heard("We are open. Bring a hat."),
        asked(),
        0.1,
    ]
    assert said(dialogue, inputs)[2:] == ["We are open.", "Bring a hat.", "We are open."]


def test_a_reply_that_nobody_heard_may_be_given_again() -> None:
    """Only what was heard is a repetition."""
    dialogue = script("We are open.")
    assert said(dialogue, [asked(1), 0.1, SpeechStarted(1, 0.0), asked(1, "well"), 0.1], turn=1) == ["We are open."] * 2


class Fails(Dialogue):
    """A model that fails after so many sentences."""

    def __init__(self, after: int) -> None:
        super().__init__(ScriptDialogue.Settings(say=["x"]))
        self.after = after

    async def answer(self, history: list[Message]) -> AsyncGenerator[Any, None]:
        for number in range(self.after):
            yield f"Number {number}. "
        yield "And"
        raise OSError("no network")


@pytest.mark.parametrize(
    ("after", "expected"), [(0, [PHRASES["en"]["failed"]]), (1, ["Number 0."]), (2, ["Number 0.", "Number 1."])]
)
def test_a_model_that_fails_says_so_unless_it_has_said_something(after: int, expected: list[str]) -> None:
    """Never silent; what was whole is said (E4), and the fault is counted."""
    dialogue = Fails(after)
    out = run(dialogue, [asked(), 0.1])
    assert [it.text for it in out[:-1]] == expected and out[-1] == ReplyEnded(0, ReplyEnd.FAILED)
    assert dialogue.call.faults == 1


# ---- nothing heard ------------------------------------------------------------------------------------------------


def test_speech_without_words_is_asked_about_twice_in_a_row() -> None:
    """The third time nothing is said; words in between start the count anew."""
    ask, nothing = PHRASES["en"]["unheard"], asked(text="")
    once = [nothing, *heard(ask)]
    assert said(script("Yes."), once * 3) == [ask, ask]
    assert said(script("Yes."), [*once, *once, asked(), *heard("Yes."), *once, *once, *once]) == [
        ask,
        ask,
        "Yes.",
        ask,
        ask,
    ]


def test_nobody_is_asked_what_they_said_while_they_go_on() -> None:
    """Speech without words of an older turn is forgotten, and counts for nothing."""
    ask = PHRASES["en"]["unheard"]
    assert run(script("Yes."), [asked(1, ""), 0.1], turn=2) == []
    assert (
        said(script("Yes."), [asked(1, ""), asked(2, ""), *heard(ask), asked(2, ""), *heard(ask)], turn=2) == [ask] * 2
    )


def test_a_third_time_comes_to_nothing() -> None:
    """Whoever waits below learns that nobody will answer."""
    ask = PHRASES["en"]["unheard"]
    out = run(script("Yes."), [asked(text=""), *heard(ask), asked(text=""), *heard(ask), asked(text="")])
    assert out[-1] == TurnDropped(0, DropReason.UNHEARD)


def test_speech_without_words_after_a_question_is_no_new_question() -> None:
    """The question is answered."""
    dialogue = script("Yes.", delay=1.0)
    assert said(dialogue, [asked(), 0.5, SpeechStarted(0, 0.0), asked(text=""), 1.1]) == ["Yes."]
    assert lines(dialogue) == [("user", "what now")]


# ---- one question, one answer -------------------------------------------------------------------------------------


def test_who_goes_on_before_the_answer_is_audible_is_still_asking() -> None:
    """The reply in the making is dropped; the model gets one message with both."""
    dialogue = script("First.", "Second.", delay=1.0)
    out = run(dialogue, [asked(1, "three rooms"), 0.5, SpeechStarted(1, 0.0), 0.8, asked(1, "in Haifa"), 1.1], turn=1)
    assert [it.text for it in out if isinstance(it, ReplyText)] == ["Second."]
    assert lines(dialogue) == [("user", "three rooms in Haifa")]


def test_what_was_said_first_waits_for_what_is_being_said() -> None:
    """A transcript of an older turn is remembered, and answered with the next."""
    dialogue = script("Yes.")
    out = run(dialogue, [asked(1, "three rooms"), 0.1, asked(2, "in Haifa"), 0.1], turn=2)
    assert out == [ReplyText(2, "Yes."), ReplyEnded(2)]
    assert lines(dialogue) == [("user", "three rooms in Haifa")]


@pytest.mark.parametrize("outcome", [TurnDropped(2, DropReason.SHORT), asked(2, "")])
def test_what_was_said_first_is_answered_if_nothing_follows(outcome: TurnDropped | Transcript) -> None:
    """A cough after a question does not cost the answer, whichever way it is found out."""
    assert run(script("Yes."), [asked(1, "three rooms"), outcome, 0.1], turn=2) == [ReplyText(2, "Yes."), ReplyEnded(2)]


def test_an_older_turn_that_came_to_nothing_is_nobodys_business() -> None:
    """The caller is speaking."""
    assert run(script("Yes."), [TurnDropped(1, DropReason.SHORT), 0.1], turn=2) == []


def test_a_cough_while_the_model_thinks_does_not_cost_the_answer() -> None:
    """Nor any time: the model is asked once, and its answer is kept until the sound is known for a cough."""
    dialogue = script("Yes.", "Indeed.", delay=1.0)
    cough: list[Any] = [SpeechStarted(0, 0.0), 0.4, TurnDropped(0, DropReason.SHORT)]
    assert run(dialogue, [asked(), 0.5, *cough, 0.2])[1:] == [ReplyText(0, "Yes."), ReplyEnded(0)]
    assert run(script("Yes.", delay=1.0), [asked(), 0.9, *cough])[1:] == [ReplyText(0, "Yes."), ReplyEnded(0)]
    assert lines(dialogue) == [("user", "what now")]


def test_a_turn_that_comes_to_nothing_when_nothing_is_owed() -> None:
    """It passes, so that the call listens again."""
    dropped = TurnDropped(0, DropReason.SHORT)
    assert run(script("Yes."), [dropped]) == [dropped]
    assert run(script("Yes."), [asked(), *heard("Yes."), dropped])[-1] == dropped


def test_a_cough_that_interrupted_lets_the_agent_go_on() -> None:
    """The sentence that was cut is said again, and those after it; not those that were heard."""
    dialogue = script("One is here. Two is there. Three is gone.")
    cut = [asked(), 0.1, ON, Interrupt(0, "One is here. Two is", 1.2)]
    assert said(dialogue, [*cut, TurnDropped(0, DropReason.SHORT)])[3:] == ["Two is there.", "Three is gone."]
    assert lines(dialogue) == [("user", "what now"), ("assistant", "One is here. Two is")]


@pytest.mark.parametrize("at", [0.05, 0.15, 0.25, 0.35])
@pytest.mark.parametrize("length", [0.05, 0.2, 1.0])
def test_a_cough_before_the_models_last_word_costs_nothing(at: float, length: float) -> None:
    """However much of the answer has come before it, while it lasts and after it: each sentence is said."""
    dialogue = script("One is here. Two is there. Three is gone.", gap=0.02)
    before = [asked(), at, ON, Interrupt(0, "", 0.1), SpeechStarted(0, 0.0), length, TurnDropped(0, DropReason.SHORT)]
    made = said(dialogue, [*before, 1.0])
    assert made[-3:] == ["One is here.", "Two is there.", "Three is gone."] and len(made) <= 6


def test_words_end_the_parked_reply() -> None:
    """The rest of it is not said, and the question is answered with all words."""
    dialogue = script("One. Two. Three.", "Four.", gap=0.3)
    cut = [asked(), 0.4, ON, Interrupt(0, "One.", 0.5), SpeechStarted(0, 0.0), asked(text="no"), 2.0]
    assert said(dialogue, cut) == ["One.", "Two.", "Four."]


def test_words_that_interrupted_are_a_new_question() -> None:
    """What was not heard is forgotten."""
    dialogue = script("One. Two. Three.", "Four.")
    cut = [asked(), 0.1, ON, Interrupt(0, "One.", 1.2)]
    assert said(dialogue, [*cut, asked(text="no"), *heard("Four."), TurnDropped(0, DropReason.SHORT), 0.1])[3:] == [
        "Four."
    ]


def test_two_coughs_cost_no_more_than_one() -> None:
    """A second one, before the agent is audible again, changes nothing."""
    dialogue = script("One. Two. Three.")
    cough = [SpeechStarted(0, 0.0), TurnDropped(0, DropReason.SHORT)]
    assert said(dialogue, [asked(), 0.1, ON, Interrupt(0, "One.", 1.2), TurnDropped(0, DropReason.SHORT), *cough])[
        5:
    ] == [
        "Two.",
        "Three.",
    ]


@pytest.mark.parametrize("failed", [False, True])
def test_an_interruption_whose_words_never_come_lets_the_agent_go_on(failed: bool) -> None:
    """It is not asked to be repeated: a noise was no question, and the caller has heard half an answer."""
    cut = [asked(), 0.1, ON, Interrupt(0, "One.", 1.2), Transcript(0, "", failed=failed), 0.1]
    assert said(script("One. Two. Three."), cut)[3:] == ["Two.", "Three."]


def test_a_filler_that_is_cut_off_costs_nothing() -> None:
    """The rest of a reply is said after two turns without words, also if a filler came between them."""
    cut = [asked(), 0.1, ON, Interrupt(0, "One.", 1.2)]
    filler = [ON, Interrupt(0, "", 0.3), TurnDropped(0, DropReason.REPEATED)]
    assert said(script("One. Two. Three."), [*cut, *filler, 0.1])[3:] == ["Two.", "Three."]


def test_a_cough_before_a_question_back_is_audible_does_not_cost_it() -> None:
    """Nor a greeting: what was on its way is said again."""
    ask = PHRASES["en"]["unheard"]
    cough = [SpeechStarted(0, 0.0), TurnDropped(0, DropReason.SHORT)]
    assert said(script("Yes."), [asked(text=""), *cough]) == [ask, ask]
    assert said(script("Yes."), [ReplyText(0, "Welcome."), ReplyEnded(0), *cough]) == ["Welcome.", "Welcome."]


# ---- what was heard -----------------------------------------------------------------------------------------------


def test_an_interruption_ends_the_reply() -> None:
    """No sentence comes after it."""
    dialogue = script("One. Two.", gap=1.0)
    assert said(dialogue, [asked(), 0.5, ON, Interrupt(0, "One.", 0.5), 2.0]) == ["One."]


PATIENCE = Dialogue.answers_within


@pytest.mark.fault("E1")
@pytest.mark.parametrize(("delay", "gap", "expected"), [(PATIENCE + 1, 0.0, [FAILED]), (0.0, PATIENCE + 1, ["One."])])
def test_a_model_that_says_nothing_has_failed(delay: float, gap: float, expected: list[str]) -> None:
    """After ten seconds for each piece, whatever it waits for; what was said before stays."""
    out = run(script("One. Two.", delay=delay, gap=gap), [asked(), PATIENCE + 0.5, PATIENCE])
    assert [it.text for it in out if isinstance(it, ReplyText)] == expected
    assert out[-1] == ReplyEnded(0, ReplyEnd.FAILED)


# ---- words that end no sentence ------------------------------------------------------------------------------------


def opened(*texts: str, language: str = "en-US") -> list[SentenceOpen]:
    """The controls raised for these interim words."""
    frames = [Transcript(0, text, False) for text in texts]
    return [it for it in run(script("yes"), frames, language=language) if isinstance(it, SentenceOpen)]


def test_words_that_end_no_sentence_are_told_upwards_once() -> None:
    """When they begin to, and when they no longer do; words that may be whole say nothing."""
    assert opened("I", "I want a", "I want a,", "I want a flat", "I want a flat please") == [
        SentenceOpen(0, True),
        SentenceOpen(0, False),
    ]


def test_words_that_ask_are_told_upwards_too() -> None:
    """With the first words of a question, whose voice rises at its end."""
    assert opened("how", "how much", "how much is the", "how much is the flat") == [
        SentenceOpen(0, False, True),
        SentenceOpen(0, True, True),
        SentenceOpen(0, False, True),
    ]


def test_the_words_of_the_calls_language_count() -> None:
    """In Hebrew the Hebrew ones."""
    assert opened("דירה או", language="he-IL") == [SentenceOpen(0, True)]
    assert opened("דירה או", language="ru-RU") == []


def test_a_new_turn_begins_whole() -> None:
    """Its words are told of anew, and the end of an open sentence of the turn before is not."""
    frames = [Transcript(0, "and", False), Transcript(1, "hello", False), Transcript(1, "hello and", False)]
    out = run(script("yes"), frames)
    assert [it for it in out if isinstance(it, SentenceOpen)] == [SentenceOpen(0, True), SentenceOpen(1, True)]
