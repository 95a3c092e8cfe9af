"""Replies that use tools, in whole calls: the fault table's rows of the life of a use."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.frames import AgentSpeaking, ReplyText, SpeechStopped
from pipeline.testing import Played, run_virtual, voice
from pipeline.text.fixed import PHRASES
from pipeline.vocabulary import UseOutcome
from tests.kit.chain import chain
from tests.kit.tooled import Make, Slow, outcomes, play
from tests.kit.tooled import played as run

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


@pytest.mark.fault("J2")
def test_t2_words_while_an_effect_runs(agent: Make) -> None:
    """They are answered, with "still running" known, and the result is told at the next opening."""
    book = Slow("book", 4, effect=True)
    said = [BOOK, "It is still being booked.", "It is booked."]
    played = play(agent(["book it", "are you done"], said), [book], [ASK, (3.0, voice(0.6, 350.0))], 14)
    assert [it for it in played.heard() if it][-2:] == ["It is still being booked.", "It is booked."]
    assert outcomes(played) == [("book", DONE)] and book.ended == 1


@pytest.mark.fault("J3")
def test_t3_a_result_that_comes_while_the_caller_speaks_is_told_once_afterwards(agent: Make) -> None:
    """Neither over the caller's words nor twice."""
    book = Slow("book", 2, effect=True)
    said = [BOOK, "Thrown away.", "Good, and it is booked.", "Never said."]
    played = play(agent(["book it", "and another thing is this"], said), [book], [ASK, (2.8, voice(1.6, 350.0))], 14)
    assert [it for it in played.heard() if it][-1:] == ["Good, and it is booked."]
    assert book.ended == 1


@pytest.mark.fault("J4")
def test_t4_a_read_whose_asker_has_asked_for_something_else_is_not_told(agent: Make) -> None:
    """Their question is answered; the result is kept for the model, and no reply begins by itself."""
    find = Slow("find", 4)
    said = [FIND, "We open at nine.", "Never said."]
    played = play(
        agent(["three rooms", "no, when do you open on Monday"], said), [find], [ASK, (3.0, voice(0.9, 350.0))], 14
    )
    assert [it for it in played.heard() if it][-1:] == ["We open at nine."]
    assert outcomes(played) == [("find", DONE)]


@pytest.mark.fault("J5")
@pytest.mark.parametrize(("hold", "done"), [(2.0, 0), (0.1, 1)])
def test_t5_the_turn_was_no_end(agent: Make, hold: float, done: int) -> None:
    """ "Book it … no, Monday": within the hold it is withdrawn; after it, it is done once, and the model sees both."""
    book = Slow("book", 1, effect=True, hold=hold)
    said = [BOOK, "Monday it is.", "It was booked."]
    played = play(agent(["book it", "no, Monday"], said), [book], [ASK, (2.0, voice(0.6, 350.0))], 12)
    assert len(book.begun) == done
    assert outcomes(played) == [("book", DONE if done else UseOutcome.WITHDRAWN)]


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


@pytest.mark.fault("J9")
def test_t9_an_effect_that_times_out_is_unknown_and_not_repeated(agent: Make) -> None:
    """The model is told that it may have been done."""
    book = Slow("book", 60, effect=True, timeout=1)
    said = [BOOK, BOOK, "I do not know."]
    played = play(agent(["book it"], said), [book], [ASK], 10)
    assert outcomes(played) == [("book", UseOutcome.UNKNOWN), ("book", UseOutcome.REPEATED)]
    assert len(book.begun) == 1 and "may have been done" in played.call.memory.uses[1].result


BREAKS = """\
from processors.llm.script import ScriptDialogue


class Breaks(ScriptDialogue):
    async def answer(self, history):
        if self.said:
            raise OSError("no network")
        async for bit in super().answer(history):
            yield bit
"""


@pytest.mark.fault("J10")
@pytest.mark.parametrize("done", ["The viewing is booked.", ""])
def test_t10_an_effect_was_done_and_then_the_model_fails(tmp_path: Path, done: str) -> None:
    """`done` is said, once; without one the apology is, and the result is tried to be told once more."""
    (tmp_path / "breaks.py").write_text(BREAKS)
    (tmp_path / "agent.yaml").write_text(chain("plugins: [breaks.py]\n", llm=f"breaks: {json.dumps({'say': [BOOK]})}"))
    book = Slow("book", 0.2, effect=True, done=done)
    call = play(load(tmp_path / "agent.yaml"), [book], [ASK], 20)
    assert call.heard() == ([done] if done else [PHRASES["en"]["failed"], PHRASES["en"]["failing"]])
    assert book.ended == 1 and call.call.memory.uses[0].told


def test_each_step_has_the_time_of_an_answer(agent: Make) -> None:
    """A model that takes long is asked a second time all the same, and does not fail for it."""
    config = agent(["three rooms"], [FIND, "There are two."], {"llm.delay": "3s"})
    assert play(config, [Slow("find", 0.5)], [ASK], 14).heard()[-1].endswith("There are two.")


@pytest.mark.fault("J11")
def test_t11_a_caller_who_hangs_up_during_an_effect(agent: Make) -> None:
    """It goes on to its end, for `finish` at most; a read ends with the call."""
    book, late, find = Slow("book", 4, effect=True), Slow("late", 60, effect=True, timeout=100), Slow("find", 9)
    said = [[BOOK, {"use": "late", "with": {}}, FIND], "Never said."]
    played = play(agent(["book it"], said), [book, late, find], [ASK], 3)
    assert outcomes(played) == [("book", DONE), ("late", UseOutcome.WITHDRAWN), ("find", UseOutcome.FAILED)]
    assert find.ended == 0 and book.ended == 1


@pytest.mark.fault("J13")
def test_t13_a_tool_hangs(agent: Make) -> None:
    """Its time ends it, the caller has company meanwhile, and the model is told."""
    find = Slow("find", 100, timeout=12, slow=["Still looking.", "It takes long."])
    played = play(agent(["three rooms"], [FIND, "It does not answer."]), [find], [ASK], 20)
    assert played.heard() == ["Still looking. It takes long. It does not answer."]
    assert outcomes(played) == [("find", UseOutcome.FAILED)] and "12 s" in played.call.memory.uses[0].result
    spoken = [at for at, frame in played.frames(AgentSpeaking)] + played.times("media")
    gaps = [later - one for one, later in zip(sorted(spoken), sorted(spoken)[1:], strict=False)]
    assert max(gaps) < 5.5


@pytest.mark.fault("J18")
def test_t18_uses_without_end_are_four_steps_and_then_words(agent: Make) -> None:
    """The last step offers no tool."""
    find = Slow("find")
    played = play(agent(["three rooms"], [FIND]), [find], [ASK], 10)
    assert len(find.begun) == 3
    assert played.heard() == [PHRASES["en"]["empty"]]


@pytest.mark.fault("J20")
def test_t20_text_and_a_use_in_one_step(agent: Make) -> None:
    """The text is said, and the tool's sentence is not."""
    find = Slow("find", 0.1, say=["One moment."])
    played = play(agent(["three rooms"], [["I will look.", FIND], "There are two."]), [find], [ASK], 10)
    assert played.heard() == ["I will look. There are two."]


@pytest.mark.fault("J21")
def test_t21_the_limit_of_text_is_reached_before_the_use(agent: Make) -> None:
    """The use runs all the same, no more text is said, and its result is told at the next opening."""
    book = Slow("book", 0.1, effect=True)
    said = [["One. Two. Three. Four. Five.", BOOK], "It is booked."]
    played = play(agent(["book it"], said), [book], [ASK], 14)
    assert played.heard() == ["One. Two. Three. Four.", "It is booked."] and book.ended == 1


@pytest.mark.fault("J22")
def test_t27_an_answer_that_is_ready_during_a_sentence_follows_it(agent: Make) -> None:
    """The sentence is not cut."""
    find = Slow("find", 0.1, say=["Let me have a good long look at that."])
    played = play(agent(["three rooms"], [FIND, "There are two."]), [find], [ASK], 10)
    assert played.heard() == ["Let me have a good long look at that. There are two."]
    assert not played.times("clear")[1:]


@pytest.mark.fault("J23")
def test_t28_two_tools_one_after_the_other_have_one_sentence(agent: Make) -> None:
    """Two seconds are too short for a second one."""
    find, look = Slow("find", 0.1, say=["One moment."]), Slow("look", 0.1, say=["Just a second."])
    said = [FIND, {"use": "look", "with": {}}, "There are two."]
    played = play(agent(["three rooms"], said), [find, look], [ASK], 10)
    assert played.heard() == ["One moment. There are two."]


@pytest.mark.fault("J24")
def test_t29_two_calls_at_once(agent: Make) -> None:
    """Each hears its own result, of the tool that they share."""
    find = Slow("find", 0.5)

    async def both() -> list[Played]:
        config = agent(["three rooms"], [FIND, "There are two."])
        return list(await asyncio.gather(*(run(config, [find], [ASK], 8, True, {}) for _ in range(2))))

    found = run_virtual(both())
    assert [each.heard() for each in found] == [["There are two."]] * 2
    assert [outcomes(each) for each in found] == [[("find", DONE)]] * 2


def test_reads_run_side_by_side_and_effects_in_order(agent: Make) -> None:
    """Two reads take the time of one; two effects that of both."""
    find, look = Slow("find", 1), Slow("look", 1)
    book, note = Slow("book", 1, effect=True, hold=0), Slow("note", 1, effect=True, hold=0)
    said = [[FIND, {"use": "look", "with": {}}, BOOK, {"use": "note", "with": {}}], "Done."]
    played = play(agent(["go"], said), [find, look, book, note], [ASK], 10)
    began = {each.name: each.began for each in played.call.memory.uses}
    assert began["find"] == began["look"] == began["book"] == pytest.approx(began["note"] - 1)


def test_a_rehearsal_does_nothing_and_says_so(agent: Make) -> None:
    """A call that does not act rehearses its effects, and asks its reads."""
    find, book = Slow("find"), Slow("book", effect=True)
    played = play(agent(["go"], [[FIND, BOOK], "Done."]), [find, book], [ASK], 10, acts=False)
    assert len(find.begun) == 1 and not book.begun
    told = [it for _, what, it in played.events if what == "tool" and "outcome" in it]
    assert [(it["tool"], it.get("rehearsed")) for it in told] == [("find", None), ("book", True)]


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


def test_voice_that_is_held_pauses_the_hold_of_an_effect(agent: Make) -> None:
    """Words over the tool's sentence withdraw it, though they become an interruption only after the hold."""
    book = Slow("book", effect=True, hold=0.5, say=["I am booking this viewing for you in a moment."])
    config = agent(["book it", "no, wait"], [BOOK, "All right."], {"tts.ms_per_letter": 60})
    call = play(config, [book], [ASK, (2.1, voice(0.9, 350.0))], 12)
    assert outcomes(call) == [("book", UseOutcome.WITHDRAWN)] and not book.begun


def test_a_delay_that_a_noise_cut_off_is_not_told_again(agent: Make) -> None:
    """The result is, when it comes."""
    find = Slow("find", 4, slow=["This takes a long while, I am sorry to say."])
    config = agent(["three rooms"], [FIND, "There are two."], {"tts.ms_per_letter": 60})
    call = play(config, [find], [ASK, (2.8, COUGH)], 14)
    said = [text for _, it in call.frames(ReplyText) if (text := it.text)]
    assert said.count("This takes a long while, I am sorry to say.") <= 1 and said[-1] == "There are two."
