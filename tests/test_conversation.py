"""The conversation as the caller heard it."""

from __future__ import annotations

import pytest

from pipeline.conversation import LONGEST, Message, add
from pipeline.frames import Interrupt, ReplyEnded, ReplyText
from pipeline.testing import run
from tests.kit.dialogue import ON, asked, heard, lines, script


def test_what_was_heard_to_the_end_is_remembered() -> None:
    """As it was spoken."""
    dialogue = script("Hello there. How are you?")
    run(dialogue, [asked(), *heard("Hello there. How are you?")])
    assert lines(dialogue) == [("user", "what now"), ("assistant", "Hello there. How are you?")]


@pytest.mark.parametrize(("text", "kept"), [("Hello", [("assistant", "Hello")]), ("", [])])
def test_what_was_heard_in_part_is_remembered_in_part(text: str, kept: list[tuple[str, str]]) -> None:
    """What nobody heard was not said."""
    dialogue = script("Hello there. How are you?")
    run(dialogue, [asked(), 0.1, ON, Interrupt(0, text, 0.5)])
    assert lines(dialogue) == [("user", "what now"), *kept]


def test_a_greeting_is_remembered_as_said() -> None:
    """A reply from above passes, and is in the conversation once it was heard."""
    dialogue = script("Yes.")
    greeting = [ReplyText(0, "Welcome."), ReplyEnded(0)]
    assert run(dialogue, [*greeting, *heard("Welcome.")])[:2] == greeting
    assert lines(dialogue) == [("assistant", "Welcome.")]


def test_a_message_has_an_end() -> None:
    """A megabyte from a step would be sent with every later request."""
    history: list[Message] = []
    add(history, "user", "w" * 1_000_000)
    assert [len(line.text) for line in history] == [LONGEST]
