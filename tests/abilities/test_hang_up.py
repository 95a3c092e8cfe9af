"""The end of a call by the agent: after a goodbye that was heard to its end."""

from __future__ import annotations

import pytest

from abilities.hang_up import HangUp, HangUpSettings
from pipeline.testing import Played, voice
from pipeline.vocabulary import Cause, UseOutcome
from tests.kit.tooled import Make, Slow, outcomes, play

HANG_UP = {"use": "hang_up", "with": {}}
BYE = ["Goodbye and thank you very much for calling us today.", HANG_UP]
ASK = (0.5, voice(0.6))
OVER = (2.2, voice(0.6, 350.0))  # the caller speaks over the goodbye


def hang_up(**settings: object) -> HangUp:
    [tool] = HangUp.offered(HangUpSettings(**settings), None, "hang_up")  # type: ignore[arg-type]
    assert isinstance(tool, HangUp)
    return tool


def over(agent: Make, words: str, said: list[object]) -> Played:
    """A call whose goodbye the caller interrupts with these words."""
    config = agent(["that is all", words, "three rooms"], said, {"tts.ms_per_letter": 60})
    return play(config, [hang_up()], [ASK, OVER, (9.0, voice(0.6, 320.0))], 20)


def hung_up(played: Played) -> bool:
    return played.call.cause == Cause.GOODBYE


def test_the_call_ends_when_the_text_with_it_was_heard(agent: Make) -> None:
    """To its last word, and no second model call is made for it."""
    played = play(agent(["bye"], [BYE, "Never said."]), [hang_up()], [ASK], 12)
    assert hung_up(played) and played.heard() == [BYE[0]]
    assert len([1 for _, what, it in played.events if what == "bit" and "got" not in it and "ended" not in it]) == 1


def test_without_a_text_its_own_goodbye_is_said(agent: Make) -> None:
    """`say`, or that of the language."""
    assert play(agent(["bye"], [HANG_UP]), [hang_up()], [ASK], 12).heard() == ["Goodbye."]
    assert play(agent(["bye"], [HANG_UP]), [hang_up(say=["So long."])], [ASK], 12).heard() == ["So long."]


@pytest.mark.fault("J25")
@pytest.mark.parametrize("words", ["bye", "thank you, goodbye", "okay bye bye"])
def test_h1_a_goodbye_interrupted_by_a_farewell_ends_the_call(agent: Make, words: str) -> None:
    """The rest of it is said, and the farewell is not answered."""
    played = over(agent, words, [BYE, "Never said."])
    assert hung_up(played) and "Never said." not in " ".join(played.heard())


@pytest.mark.fault("J25")
def test_h1_a_goodbye_interrupted_by_a_cough_ends_the_call(agent: Make) -> None:
    """It comes to nothing."""
    config = agent(["bye"], [BYE, "Never said."], {"tts.ms_per_letter": 60})
    assert hung_up(play(config, [hang_up()], [ASK, (2.4, voice(0.07))], 20))


@pytest.mark.fault("J25")
@pytest.mark.parametrize("words", ["no wait, I have a question", "xyzzy"])
def test_h1_a_goodbye_interrupted_by_other_words_is_withdrawn(agent: Make, words: str) -> None:
    """They are answered, and so is the next question."""
    played = over(agent, words, [BYE, "I am still here.", "In which city?"])
    assert not hung_up(played)
    assert [it for it in played.heard() if it][1:] == ["I am still here.", "In which city?"]


def test_the_third_goodbye_stands_whatever_they_say(agent: Make) -> None:
    """A caller who will not let go is let go."""
    config = agent(["one", "two is this", "three is it", "four is more"], [BYE], {"tts.ms_per_letter": 60})
    parts = [(0.5, voice(0.6)), (2.2, voice(0.6, 350.0)), (4.2, voice(0.6, 320.0)), (6.2, voice(0.6, 370.0))]
    played = play(config, [hang_up()], parts, 20)
    assert hung_up(played) and len(outcomes(played)) == 3


@pytest.mark.fault("J26")
def test_h2_marks_that_never_come_end_the_call_a_second_later(agent: Make) -> None:
    """They are overdue, and count as played."""
    assert hung_up(play(agent(["bye"], [BYE]), [hang_up()], [ASK], 12, echo_marks=False))


@pytest.mark.fault("J27")
def test_h3_it_is_refused_while_a_result_is_owed(agent: Make) -> None:
    """The model is told which, and tells it first."""
    book = Slow("book", 0.2, effect=True)
    said = [[{"use": "book", "with": {}}, HANG_UP], ["It is booked. Goodbye.", HANG_UP]]
    played = play(agent(["book it and bye"], said), [book, hang_up()], [ASK], 12)
    assert [kind for _, kind in outcomes(played)] == [UseOutcome.DONE, UseOutcome.REFUSED, UseOutcome.DONE]
    assert hung_up(played) and played.heard() == ["It is booked. Goodbye."]


@pytest.mark.fault("J28")
def test_h4_a_voice_that_fails_at_the_goodbye_ends_the_call(agent: Make) -> None:
    """The caller hears the beep in its place, and then the end."""
    swap = {"tts": {"tts.tone": {"ms_per_letter": 1}}}
    played = play(agent(["bye"], [["OK", HANG_UP]], swap=swap), [hang_up()], [ASK], 20)
    assert hung_up(played)
