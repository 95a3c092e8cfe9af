from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import AgentSpeaking, Hangup, Interrupt, ReplyText, Transcript, TurnDropped
from pipeline.testing import Played, run, voice
from pipeline.tool import ToolFailed
from pipeline.vocabulary import Cause, DropReason
from processors.llm.rules import Intent, RulesDialogue
from tests.kit.tooled import Make, Slow, play

SLOTS = {"rooms": ["two", "three", "three and a half"], "city": ["Tel Aviv", "Haifa"]}
INTENTS = [
    Intent(hear=["apartment", "flat"], say=["Gladly. How many rooms?"], then="rooms"),
    Intent(hear=["{rooms} rooms"], say=["{rooms} rooms in {city}.", "{rooms} rooms. In which city?"], then="city"),
    Intent(hear=["{city}"], say=["{rooms} rooms in {city}.", "In {city}. How many rooms?"]),
    Intent(hear=["yes"], say=["Which city, then?"], during="city"),
    Intent(hear=["yes"], say=["Yes to what?"]),
    Intent(hear=["goodbye", "thank you goodbye"], say=["Goodbye."], hang_up=True),
]
FALLBACK = ["Pardon?", "I am lost."]


def rules(**changed: Any) -> RulesDialogue:
    fields = {"intents": INTENTS, "fallback": FALLBACK, "slots": SLOTS, **changed}
    return RulesDialogue(RulesDialogue.Settings(**fields))


def talk(dialogue: RulesDialogue, *texts: str) -> list[str]:
    """The replies to what is said, each heard to the end."""
    inputs = [it for text in texts for it in (Transcript(0, text), 0.1, AgentSpeaking(False, f"heard {text}"))]
    out = run(dialogue, inputs)
    return [it.text for it in out if isinstance(it, ReplyText)]


def test_a_conversation_remembers_what_it_was_told() -> None:
    """The first reply whose slots are all known is given, in the config's spelling and with a capital letter."""
    assert talk(rules(), "an apartment", "three rooms please", "in haifa") == [
        "Gladly.",
        "How many rooms?",
        "Three rooms.",
        "In which city?",
        "Three rooms in Haifa.",
    ]
    assert talk(rules(), "HAIFA!", "two rooms") == ["In Haifa.", "How many rooms?", "Two rooms in Haifa."]


def test_the_longest_words_that_fit_win() -> None:
    """Of a slot's values, too."""
    assert talk(rules(), "three and a half rooms") == ["Three and a half rooms.", "In which city?"]
    assert talk(rules(), "a flat in haifa or goodbye") == talk(rules(), "goodbye")


def test_an_open_topic_comes_first() -> None:
    """What may mean two things means the one that was asked about."""
    assert talk(rules(), "yes") == ["Yes to what?"]
    assert talk(rules(), "two rooms", "yes")[2:] == ["Which city, then?"]


@pytest.mark.parametrize("text", ["apartments", "reflat", "bathrooms", ""])
def test_words_count_whole(text: str) -> None:
    """A part of a word is another word."""
    assert talk(rules(), text or "hm") == ["Pardon?"]


def test_what_fits_nothing_gets_the_fallbacks_in_turn() -> None:
    """Over and over."""
    assert talk(rules(), "a", "b", "c") == ["Pardon?", "I am lost.", "Pardon?"]


def test_hebrew_words_may_have_prefix_letters() -> None:
    """And be spelled with niqqud, or quotes of any kind."""
    dialogue = rules(
        intents=[
            Intent(hear=["דירה"], say=["כמה חדרים?"]),
            Intent(hear=["{city}"], say=["ב{city}."]),
            Intent(hear=["נדל״ן"], say=["כן."]),
        ],
        slots={"city": ["תל אביב", "חיפה"]},
    )
    assert talk(dialogue, "רוצה לשאול על הדירה", "בתל־אביב", "וחֵיפָה", "נדל''ן") == [
        "כמה חדרים?",
        "בתל אביב.",
        "בחיפה.",
        "כן.",
    ]


def test_goodbye_ends_the_call_once_it_was_heard() -> None:
    """Not before, and not if the caller interrupted it."""
    bye: list[Any] = [Transcript(0, "goodbye"), 0.1, AgentSpeaking(True)]
    assert Hangup("goodbye") not in run(rules(), bye)
    assert Hangup("goodbye") in run(rules(), [*bye, AgentSpeaking(False, "Goodbye.")])
    cut: list[Any] = [*bye, Interrupt(0, "Good", 0.1), Transcript(0, "yes"), 0.1, AgentSpeaking(False, "Yes to what?")]
    assert Hangup("goodbye") not in run(rules(), cut)


@pytest.mark.parametrize("next_words", ["what about parking", ""])
def test_an_interrupted_goodbye_hangs_up_on_no_question(next_words: str) -> None:
    """Nor on one without an intent, nor on what is said in its place; the rest of the goodbye, heard later, does."""
    bye: list[Any] = [Transcript(0, "goodbye"), 0.1, AgentSpeaking(True), Interrupt(0, "", 0.1)]
    other: list[Any] = [Transcript(0, next_words), 0.1, AgentSpeaking(True), AgentSpeaking(False, "Which one?")]
    assert Hangup("goodbye") not in run(rules(), [*bye, *other])
    again: list[Any] = [TurnDropped(0, DropReason.SHORT), 0.1, AgentSpeaking(True), AgentSpeaking(False, "Goodbye.")]
    assert Hangup("goodbye") in run(rules(), [*bye, *again])


def test_a_config_that_cannot_work_says_why() -> None:
    """A slot that is not there, a topic that nothing opens."""
    intents = [Intent(hear=["x", "{day}"], say=["{day}"]), Intent(hear=["y"], say=["z", "{rom}"], during="never")]
    settings = RulesDialogue.Settings(intents=intents, fallback=["?"], slots={"room": ["one"]})
    assert list(settings.faults()) == [
        ("intents[1].hear[2]", "uses the slot {day}, which `slots` does not have"),
        ("intents[2].say[2]", "uses the slot {rom}, which `slots` does not have; did you mean {room}?"),
        ("intents[2]", "waits for the topic `never`, which no `then` opens"),
    ]
    assert not list(rules().settings.faults())


# ---- tools --------------------------------------------------------------------------------------------------------

TOOLS: dict[str, Any] = {
    "slots": {"rooms": ["two", "three"]},
    "fallback": ["Pardon?"],
    "intents": [
        {
            "hear": ["{rooms} rooms"],
            "use": "find",
            "with": {"rooms": "{rooms}"},
            "say": ["There are {result.count} with {rooms} rooms, the first in {result.streets.0}."],
            "failed": ["I cannot look now."],
        },
        {"hear": ["bye"], "say": ["Goodbye and thank you very much for calling us today."], "hang_up": True},
    ],
}


def with_tools(agent: Make, find: Slow, *heard: str) -> Played:
    config = agent(list(heard), swap={"llm": {"llm.rules": TOOLS}})
    parts = [(0.5 + 5 * at, voice(0.6, 300.0 + 25 * at)) for at in range(len(heard))]
    return play(config, [find], parts, 5.0 * len(heard) + 4)


def test_an_intent_uses_a_tool_and_says_its_result(agent: Make) -> None:
    """Its slots are arguments, and stand in the reply beside the result."""
    find = Slow("find", 0.2, {"count": 2, "streets": ["Elm"]})
    call = with_tools(agent, find, "three rooms")
    assert call.heard() == ["There are 2 with three rooms, the first in Elm."]
    assert find.begun == [{"rooms": "three"}]


def test_a_tool_of_an_intent_that_fails(agent: Make) -> None:
    """`failed` is said; so it is of a result without the value."""
    assert with_tools(agent, Slow("find", give=ToolFailed("no")), "three rooms").heard() == ["I cannot look now."]
    assert with_tools(agent, Slow("find", give={}), "three rooms").heard() == ["I cannot look now."]


def test_a_read_back_of_an_intent_is_no_failure(agent: Make) -> None:
    """The refusal that it ended with is not told to who has agreed."""
    rules = TOOLS | {"intents": [TOOLS["intents"][0] | {"hear": ["{rooms} rooms", "yes"], "say": ["It is done."]}]}
    config = agent(["three rooms", "yes"], swap={"llm": {"llm.rules": rules}})
    find = Slow("find", effect=True, confirm="Three rooms.")
    call = play(config, [find], [(0.5, voice(0.6)), (6.0, voice(0.6, 350.0))], 14)
    assert call.heard() == ["Three rooms. Right?", "It is done."]


def test_words_while_a_tool_of_an_intent_runs_are_answered_first(agent: Make) -> None:
    """The result of a short question's asker is told after that."""
    find = Slow("find", 6, {"count": 2, "streets": ["Elm"]})
    assert with_tools(agent, find, "three rooms", "hello").heard()[-2:] == [
        "Pardon?",
        "There are 2 with three rooms, the first in Elm.",
    ]


@pytest.mark.fault("J25")
def test_h1_who_interrupts_the_goodbye_with_a_question_is_not_hung_up_on(agent: Make) -> None:
    """Neither if it fits no intent, nor if it does."""
    config = agent(
        ["bye", "no wait I have a question", "three rooms"],
        changes={"tts.ms_per_letter": 60},
        swap={"llm": {"llm.rules": TOOLS}},
    )
    parts = [(0.5, voice(0.6)), (2.2, voice(0.6, 350.0)), (9.0, voice(0.6, 320.0))]
    call = play(config, [Slow("find", give={"count": 2, "streets": ["Elm"]})], parts, 18)
    assert call.heard()[-2:] == ["Pardon?", "There are 2 with three rooms, the first in Elm."]
    assert call.call.cause == Cause.STOP
