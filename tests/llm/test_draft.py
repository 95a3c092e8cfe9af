"""What a reply is spoken in: a clause first, then sentences, without markup."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipeline.conversation import Message
from pipeline.frames import AgentSpeaking, Interrupt, ReplyText, Transcript, TurnDropped
from pipeline.llm import Dialogue, DialogueSettings
from pipeline.testing import run
from pipeline.text.fixed import PHRASES
from pipeline.vocabulary import DropReason
from processors.llm.script import ScriptDialogue

CLAUSE, REST, NEXT = "We have a lovely apartment,", "and it has a balcony.", "Shall I go on?"
REPLY = f"{CLAUSE} {REST} {NEXT}"
ASKED: list[Any] = [Transcript(0, "what now"), 0.1]
ON = AgentSpeaking(True)


def script(*say: str, **changed: Any) -> ScriptDialogue:
    return ScriptDialogue(ScriptDialogue.Settings(say=list(say), **changed))


def said(dialogue: Dialogue, *inputs: Any) -> list[str]:
    return [it.text for it in run(dialogue, [*ASKED, *inputs]) if isinstance(it, ReplyText)]


def test_a_reply_begins_with_a_clause() -> None:
    """So that speech begins early; unless it is set otherwise."""
    assert said(script(REPLY)) == [CLAUSE, REST, NEXT]
    assert said(script(REPLY, first_clause=False)) == [f"{CLAUSE} {REST}", NEXT]


def test_a_clause_is_no_sentence_of_its_own() -> None:
    """Where sentences are counted."""
    assert said(script(REPLY, max_sentences=1)) == [CLAUSE, REST]
    assert said(script(f"{REPLY} Two. Three.", max_sentences=2)) == [CLAUSE, REST, NEXT]


@pytest.mark.parametrize(
    ("max_chars", "pieces"), [(50, [CLAUSE, REST]), (40, [CLAUSE, "and it has a"]), (28, [CLAUSE])]
)
def test_a_sentence_that_was_begun_is_finished_as_far_as_there_is_room(max_chars: int, pieces: list[str]) -> None:
    """Its clause was spoken already."""
    assert said(script(REPLY, max_chars=max_chars)) == pieces


def test_what_was_heard_is_remembered_in_whole_words() -> None:
    """The pieces are one text again."""
    dialogue = script(REPLY)
    run(dialogue, [*ASKED, ON, AgentSpeaking(False, REPLY)])
    assert dialogue.history[-1].text == REPLY


def test_an_interruption_within_the_first_sentence_lets_the_agent_go_on_with_the_rest() -> None:
    """After a cough."""
    dialogue = script(REPLY)
    assert said(dialogue, ON, Interrupt(0, f"{CLAUSE} and it", 1.0), TurnDropped(0, DropReason.SHORT))[3:] == [
        REST,
        NEXT,
    ]


def test_the_same_reply_again_is_found_with_a_clause_too() -> None:
    """Nothing of it is said twice."""
    dialogue = script(REPLY)
    heard = [ON, AgentSpeaking(False, REPLY)]
    assert said(dialogue, *heard, Transcript(0, "and"), 0.1)[3:] == [PHRASES["en"]["again"]]


class Letters(Dialogue):
    """A model that gives its text a letter at a time."""

    def __init__(self, text: str) -> None:
        super().__init__(DialogueSettings())
        self.text = text

    async def answer(self, history: list[Message]) -> AsyncGenerator[Any, None]:
        for letter in self.text:
            yield letter


def test_markup_is_not_spoken() -> None:
    """Nor a piece of nothing else."""
    assert said(Letters("## Flats\n- **One** is [here](https://a.b/c). 🏠\n---\n* Two.")) == [
        "Flats",
        "One is here.",
        "Two.",
    ]
