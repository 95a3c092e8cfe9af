"""A model whose replies are written down."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import ReplyEnded, ReplyText, Transcript
from pipeline.testing import run
from processors.llm.script import ScriptDialogue
from tests.kit.dialogue import asked, said, script


def test_a_question_gets_a_reply_a_sentence_at_a_time() -> None:
    """Each sentence can be spoken by itself; then the reply has ended."""
    out = run(script("Hello there. How are you?"), [asked(), 0.1])
    assert out == [ReplyText(0, "Hello there."), ReplyText(0, "How are you?"), ReplyEnded(0)]


def test_replies_take_turns_and_their_time() -> None:
    """The next text for each question, after `delay`, each further sentence after `gap`."""
    dialogue = script("One. Two.", "Three.", delay=1.0, gap=0.5)
    assert said(dialogue, [asked(), 0.99]) == []
    assert said(script("One. Two.", delay=1.0, gap=0.5), [asked(), 1.01]) == ["One."]
    assert said(script("One. Two.", "Three.", delay=1.0, gap=0.5), [asked(), 1.6, asked(), 1.6]) == [
        "One.",
        "Two.",
        "Three.",
    ]


def test_interim_transcripts_pass() -> None:
    """Only what is final is a question."""
    interim = Transcript(0, "wha", False)
    assert run(script("Hello."), [interim, 0.1]) == [interim]


@pytest.mark.parametrize("item", [{}, {"use": 3}, {"use": "find", "width": {}}, {"use": "find", "with": 3}])
def test_a_script_may_ask_for_tools(item: dict[str, Any]) -> None:
    """Alone or beside texts; another shape is a fault."""
    good: list[Any] = ["Hello.", {"use": "find"}, ["One moment.", {"use": "find", "with": {"rooms": 3}}]]
    assert not list(ScriptDialogue.Settings(say=good).faults())
    [(path, _)] = ScriptDialogue.Settings(say=[*good, ["Hello.", item]]).faults()
    assert path == "say[4]"
