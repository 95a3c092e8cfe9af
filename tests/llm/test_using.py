"""Replies that use tools, in whole calls: the fault table's rows of the life of a use."""

from __future__ import annotations

import pytest

from pipeline.frames import ReplyText, SpeechStopped
from pipeline.testing import voice
from pipeline.text.fixed import PHRASES
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, outcomes, play

DONE = UseOutcome.DONE
FIND = {"use": "find", "with": {"rooms": "3"}}
BOOK = {"use": "book", "with": {"rooms": "3"}}
ASK = (0.5, voice(0.6))
COUGH = voice(0.07)


def test_a_result_is_told_in_the_same_reply(agent: Make) -> None:
    """The model asks, the tool answers, and the model is asked again at once."""
    find = Slow("find", 0.5, say=["One moment."])
    played = play(agent(["three rooms"], [FIND, "There are two flats."]), [find], [ASK], 8)
    assert played.heard() == ["One moment. There are two flats."]
    assert outcomes(played) == [("find", DONE)]
    assert find.begun == [{"rooms": "3"}]


@pytest.mark.fault("J1")
def test_t1_a_cough_while_a_tool_runs(agent: Make) -> None:
    """The use goes on, and its result is told as if the cough had not been."""
    find = Slow("find", 3, say=["One moment."], slow=["Still looking."])
    played = play(agent(["three rooms"], [FIND, "There are two flats."]), [find], [ASK, (3.0, COUGH)], 12)
    assert " ".join(played.heard()).count("There are two flats.") == 1
    assert outcomes(played) == [("find", DONE)] and find.ended == 1


@pytest.mark.fault("J6")
def test_t6_a_wrong_guess_that_asks_for_an_effect_has_begun_nothing(agent: Make) -> None:
    """The guess is thrown away with its request."""
    book = Slow("book", effect=True, hold=0)
    config = agent(["book it no", "other words"], [BOOK, "What else?"], {"asr.interim": "150ms", "llm.stable": "100ms"})
    played = play(config, [book], [(0.5, voice(1.6))], 1.9)
    assert not book.begun and not outcomes(played)


@pytest.mark.fault("J8")
def test_t8_the_same_effect_asked_for_again_is_not_done_again(agent: Make) -> None:
    """Its first result is given."""
    book = Slow("book", 0.2, {"number": 7}, effect=True)
    said = [BOOK, "It is booked.", BOOK, "It is booked already."]
    played = play(agent(["book it", "book it now"], said), [book], [ASK, (5.0, voice(0.6, 350.0))], 14)
    assert outcomes(played) == [("book", DONE), ("book", UseOutcome.REPEATED)]
    assert len(book.begun) == 1
    assert [use.result for use in played.call.memory.uses] == ['{"number":7}'] * 2


def test_each_step_has_the_time_of_an_answer(agent: Make) -> None:
    """A model that takes long is asked a second time all the same, and does not fail for it."""
    config = agent(["three rooms"], [FIND, "There are two."], {"llm.delay": "3s"})
    assert play(config, [Slow("find", 0.5)], [ASK], 14).heard()[-1].endswith("There are two.")


@pytest.mark.fault("J18")
def test_t18_uses_without_end_are_four_steps_and_then_words(agent: Make) -> None:
    """The last step offers no tool."""
    find = Slow("find")
    played = play(agent(["three rooms"], [FIND]), [find], [ASK], 10)
    assert len(find.begun) == 3
    assert played.heard() == [PHRASES["en"]["empty"]]


def test_a_read_back_is_agreed_to_before_the_effect(agent: Make) -> None:
    """The first request runs nothing: the text is said, and the same request after a yes runs."""
    book = Slow("book", effect=True, confirm="A viewing of {rooms} rooms.", say=["Booking."])
    said = [BOOK, BOOK, "It is booked."]
    played = play(agent(["book it", "yes please"], said), [book], [ASK, (5.0, voice(0.6, 350.0))], 14)
    assert played.heard() == ["A viewing of 3 rooms. Right?", "Booking. It is booked."]
    assert outcomes(played) == [("book", UseOutcome.REFUSED), ("book", DONE)]


@pytest.mark.parametrize(
    ("answer", "then", "kinds"),
    [
        ("no", BOOK, [UseOutcome.REFUSED, UseOutcome.REFUSED]),
        ("four rooms", {"use": "book", "with": {"rooms": "4"}}, [UseOutcome.REFUSED, UseOutcome.REFUSED]),
    ],
)
def test_a_read_back_that_is_not_agreed_to_runs_nothing(
    agent: Make, answer: str, then: object, kinds: list[UseOutcome]
) -> None:
    """A plain no refuses even if the model insists; other arguments are read back anew."""
    book = Slow("book", effect=True, confirm="A viewing of {rooms} rooms.")
    config = agent(["book it", answer], [BOOK, then, "All right."])
    played = play(config, [book], [ASK, (5.0, voice(0.6, 350.0))], 14)
    assert [kind for _, kind in outcomes(played)] == kinds and not book.begun
    last = {"no": "All right.", "four rooms": "A viewing of 4 rooms. Right?"}[answer]
    assert played.heard()[-1] == last


def test_a_read_back_that_was_not_heard_to_its_end_is_said_anew(agent: Make) -> None:
    """An answer to half of it is none."""
    book = Slow("book", effect=True, confirm="A viewing of a flat with {rooms} rooms in Haifa.")
    config = agent(["book it", "yes please"], [BOOK, BOOK, "Never said."], {"tts.ms_per_letter": 60})
    played = play(config, [book], [ASK, (2.4, voice(0.6, 350.0))], 14)
    assert not book.begun and played.heard()[-1] == "A viewing of a flat with 3 rooms in Haifa. Right?"


LONG = [(0.5, voice(1.0))]  # its interim words are complete 0.9 s before the turn is over


@pytest.mark.fault("J7")
@pytest.mark.parametrize("ahead", [True, False])
def test_t7_a_read_ahead_whose_guess_was_right(agent: Make, ahead: bool) -> None:
    """Its result is there when the turn is over: the look-up costs the caller nothing."""
    find = Slow("find", 0.5, ahead=ahead)
    config = agent(["rooms"], [FIND, "There are two."], {"asr.interim": "100ms", "llm.stable": "100ms"})
    call = play(config, [find], LONG, 8)
    [over] = [at for at, _ in call.frames(SpeechStopped)]
    [said] = [at for at, frame in call.frames(ReplyText) if frame.text == "There are two."]
    assert (said - over < 0.2) is ahead
    assert len(find.begun) == 1 and outcomes(call) == [("find", DONE)]


@pytest.mark.fault("J7")
def test_t7_a_read_ahead_whose_guess_was_wrong(agent: Make) -> None:
    """Its request is closed, and its result is nobody's."""
    find = Slow("find", 5, ahead=True)
    config = agent(
        ["three rooms in a quiet street"],
        [FIND, "There are two."],
        {"asr.interim": "300ms", "llm.stable": "100ms"},
    )
    call = play(config, [find], [(0.5, voice(2.0))], 2.6)
    assert find.begun and not find.ended and outcomes(call) == []
