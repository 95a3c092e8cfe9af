"""A guess at what the caller will have said: begun, kept back, used or thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

from pipeline.conversation import Message
from pipeline.events import AnsweredAhead
from pipeline.frames import (
    AgentSpeaking,
    Interrupt,
    ReplyAhead,
    ReplyText,
    SpeechStarted,
    Transcript,
    TurnDropped,
    TurnLikely,
)
from pipeline.llm import Dialogue, DialogueSettings
from pipeline.testing import run
from pipeline.vocabulary import DropReason

ON = AgentSpeaking(True)


class Model(Dialogue):
    """Repeats what it is asked after a while, in two sentences, and notes each request and whether it was closed."""

    def __init__(self, delay: float = 0.3, gap: float = 0.3, fails: int = 0, **changed: Any) -> None:
        super().__init__(DialogueSettings(**changed))
        self.delay, self.gap, self.failing = delay, gap, fails
        self.asked: list[list[str]] = []
        self.ended: list[Any] = []

    async def answer(self, history: list[Message]) -> AsyncGenerator[Any, None]:
        self.asked.append([line.text for line in history])
        number = len(self.asked)
        try:
            await asyncio.sleep(self.delay)
            if number <= self.failing:
                raise OSError("no network")
            yield f"You said {history[-1].text}. "
            await asyncio.sleep(self.gap)
            yield f"That was {number}."
        finally:
            self.ended.append(number)


def interim(text: str, turn: int = 0) -> Transcript:
    return Transcript(turn, text, False)


def final(text: str, turn: int = 0) -> Transcript:
    return Transcript(turn, text)


def tried(model: Model, inputs: list[Any], turn: int = 0) -> tuple[list[str], list[tuple[int, Any]]]:
    """What was said, and what came of the guesses."""
    outcomes = []

    def watch(at: float, event: Any) -> None:
        if isinstance(event, AnsweredAhead):
            outcomes.append((event.turn, event.outcome))

    def watched() -> Iterator[Any]:
        model.call.watchers = (watch,)
        yield from inputs

    out = run(model, watched(), turn)
    return [it.text for it in out if isinstance(it, ReplyText)], outcomes


def test_what_was_guessed_is_the_answer_at_once() -> None:
    """One request; what is ready is pushed, the rest streams on."""
    model = Model()
    inputs = [interim("three rooms"), 0.5, final("Three rooms!"), 0.0, 0.01]
    said, outcomes = tried(model, inputs)
    assert said == ["You said three rooms."] and outcomes == [(0, "used")]
    model = Model()
    said, _ = tried(model, [*inputs, 0.3])
    assert said == ["You said three rooms.", "That was 1."]
    assert model.asked == [["three rooms"]] and [line.text for line in model.history] == ["Three rooms!"]


@pytest.mark.parametrize("wait", [0.25, 0.49, 0.51, 0.79, 0.81, 2.0])
def test_whenever_the_words_become_final_the_answer_is_the_same(wait: float) -> None:
    """Before its first piece, between the two, after all of it."""
    model = Model()
    said, _ = tried(model, [interim("hello"), wait, final("hello"), 1.0])
    assert said == ["You said hello.", "That was 1."] and len(model.asked) == 1


def test_one_word_that_differs_is_another_question() -> None:
    """The guess is closed unheard, and the question is asked as it is."""
    model = Model()
    said, outcomes = tried(model, [interim("three rooms"), 0.6, final("four rooms"), 0.01, 1.0])
    assert said == ["You said four rooms.", "That was 2."] and outcomes == [(0, "wasted")]
    assert model.asked == [["three rooms"], ["four rooms"]] and model.ended == [1, 2]
    assert [line.text for line in model.history] == ["four rooms"]


def test_words_that_are_final_too_soon_are_asked_as_ever() -> None:
    """They had not stood still for 200 ms."""
    model = Model()
    assert tried(model, [interim("hello"), 0.19, final("hello"), 1.0])[1] == [(0, "late")]
    assert model.asked == [["hello"]]


@pytest.mark.parametrize("again", ["three", "Three,", " three "])
def test_words_that_only_look_different_go_on_standing_still(again: str) -> None:
    """Case, space and punctuation are no change."""
    model = Model()
    tried(model, [interim("three"), 0.15, interim(again), 0.06, final("three"), 1.0])
    assert model.asked == [["three"]] and model.history[-1].text == "three"


def test_words_that_change_begin_to_stand_still_anew() -> None:
    """A guess that has begun is closed at once."""
    model = Model()
    said, outcomes = tried(model, [interim("three"), 0.3, interim("three rooms"), 0.01, 0.5, final("three rooms"), 1.0])
    assert model.asked == [["three"], ["three rooms"]] and outcomes == [(0, "wasted"), (0, "used")]
    assert said[0] == "You said three rooms." and model.ended == [1, 2]


def test_after_a_wrong_guess_the_words_have_to_stand_still_twice_as_long() -> None:
    """Who speaks a word at a time does not cost a request for each."""
    words = [it for count in range(1, 9) for it in (interim("so " * count), 0.3)]
    model = Model()
    assert tried(model, [*words, 0.2, final("so " * 8), 1.0])[1] == [(0, "wasted"), (0, "used")]
    assert len(model.asked) == 2
    pauses = [it for count in range(1, 9) for it in (interim("so " * count), 0.9)]
    assert tried(Model(), pauses)[1] == [(0, "wasted")] * 3


@pytest.mark.parametrize(
    "end",
    [TurnDropped(0, DropReason.REPEATED), TurnDropped(0, DropReason.COUGH), final(""), SpeechStarted(0, 1.0)],
    ids=repr,
)
def test_a_turn_that_comes_to_nothing_wastes_it(end: TurnDropped | Transcript | SpeechStarted) -> None:
    """Repeated, a cough, empty, or the caller goes on: nothing of it is heard or remembered."""
    model = Model()
    said, outcomes = tried(model, [interim("hello"), 0.6, end, 1.0])
    assert outcomes == [(0, "wasted")] and model.ended == [1] and not model.history
    assert not [text for text in said if text.startswith("You")]


@pytest.mark.parametrize("end", [TurnDropped(0, DropReason.REPEATED), final("hello")], ids=repr)
def test_words_after_the_end_of_their_turn_are_no_guess(end: TurnDropped | Transcript) -> None:
    """A recogniser may be late with them."""
    model = Model()
    tried(model, [end, interim("more"), 1.0])
    assert ["more"] not in model.asked


def test_the_guess_is_joined_to_what_was_asked_before() -> None:
    """As the final words will be."""
    model = Model()
    inputs = [final("three rooms", 1), interim("in Haifa", 2), 0.6, final("in Haifa", 2), 1.0]
    said, outcomes = tried(model, inputs, turn=2)
    assert model.asked == [["three rooms in Haifa"]] and outcomes == [(2, "used")]
    assert said == ["You said three rooms in Haifa.", "That was 1."]


def test_words_of_an_older_turn_void_it() -> None:
    """It did not know them."""
    model = Model()
    inputs = [interim("in Haifa", 2), 0.3, final("three rooms", 1), 0.1, final("in Haifa", 2), 1.0]
    assert tried(model, inputs, turn=2)[1] == [(2, "wasted")]
    assert model.asked == [["in Haifa"], ["three rooms in Haifa"]]


def test_nothing_is_guessed_of_another_turn_or_while_the_agent_is_heard() -> None:
    """What the caller will have heard of it belongs to the conversation."""
    for inputs in ([interim("hello", 1), 1.0], [ON, interim("hello"), 1.0]):
        model = Model()
        assert tried(model, inputs)[1] == [] and model.asked == []


def test_a_guess_that_failed_costs_nothing() -> None:
    """The question is asked once more, and no fault is counted."""
    model = Model(fails=1)
    said, outcomes = tried(model, [interim("hello"), 0.6, final("hello"), 1.0])
    assert said == ["You said hello.", "That was 2."] and outcomes == [(0, "wasted")] and model.call.faults == 0


def test_a_guess_that_fails_once_it_is_used_is_a_reply_that_failed() -> None:
    """Never silent."""
    model = Model(fails=1)
    said, outcomes = tried(model, [interim("hello"), 0.4, final("hello"), 1.0])
    assert outcomes == [(0, "used")] and len(said) == 1 and model.call.faults == 1


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.35])
@pytest.mark.parametrize("stop", [SpeechStarted(0, 1.0), Interrupt(0, "", 0.0)], ids=repr)
def test_a_guess_in_use_ends_with_the_reply(wait: float, stop: SpeechStarted | Interrupt) -> None:
    """Even if the reply is stopped in the moment in which it begins."""
    model = Model()
    waits = [wait] if wait else []
    said, _ = tried(model, [interim("hello"), 0.3, final("hello"), *waits, stop, 0.01, 5.0])
    assert model.ended == [1] and "That was 1." not in said


def test_its_first_piece_goes_ahead() -> None:
    """So that its sound can be made; once, and before the reply."""
    out = run(Model(), [interim("hello"), 1.5, final("hello"), 1.0])
    kinds = [type(it) for it in out if isinstance(it, ReplyAhead | ReplyText)]
    assert kinds == [ReplyAhead, ReplyText, ReplyText] and ReplyAhead(0, "You said hello.") in out


def test_it_can_be_switched_off() -> None:
    """One request, after the words are final."""
    model = Model(preemptive=False)
    said, outcomes = tried(model, [interim("hello"), 2.0, final("hello"), 0.31])
    assert said == ["You said hello."] and outcomes == [] and len(model.asked) == 1


def likely(turn: int = 0) -> TurnLikely:
    return TurnLikely(turn, 0.8, 0.4)


def test_in_a_likely_last_pause_the_words_are_asked_about_at_once() -> None:
    """Those at hand, without standing still."""
    model = Model(delay=0.1)
    said, outcomes = tried(model, [interim("hello"), 0.05, likely(), 0.11, final("hello"), 0.01])
    assert said == ["You said hello."] and outcomes == [(0, "used")]


def test_words_that_come_late_in_such_a_pause_are_asked_about_at_once() -> None:
    """A recogniser is behind: the last word comes after the pause was judged, within 0.4 s."""
    model = Model(delay=0.1)
    inputs = [interim("three"), likely(), 0.3, interim("three rooms"), 0.11, final("three rooms"), 0.01]
    assert tried(model, inputs)[0] == ["You said three rooms."]
    assert model.asked == [["three"], ["three rooms"]]


def test_after_such_a_pause_words_have_to_stand_still_again() -> None:
    """A caller who goes on does not cost a request for each word."""
    model = Model()
    words = [it for count in range(2, 9) for it in (0.15, interim("so " * count))]
    tried(model, [interim("so"), likely(), 0.4, *words, 1.0])
    assert len(model.asked) <= 3


@pytest.mark.parametrize("inputs", [[likely()], [interim("hi"), likely(1)], [interim(""), likely()]], ids=repr)
def test_a_likely_last_pause_without_words_asks_nothing(inputs: list[Any]) -> None:
    """There is nothing to answer yet, or the pause is another turn's."""
    model = Model()
    tried(model, [*inputs, 0.1])
    assert model.asked == []


def test_a_likely_last_pause_is_passed_on() -> None:
    """The pacer counts the breath from it."""
    assert likely() in run(Model(), [likely()])
