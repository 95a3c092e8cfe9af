"""A conversation, as far as it was heard."""

from __future__ import annotations

import msgspec

from pipeline.text import normalise


class Message(msgspec.Struct):
    """A line of the conversation, as far as it was heard."""

    role: str  # user, assistant
    text: str


def add(history: list[Message], role: str, text: str) -> None:
    """Add to a conversation; who goes on speaking goes on with the same line."""
    if history and history[-1].role == role:
        history[-1].text += " " + text
    else:
        history.append(Message(role, text))


def joined(history: list[Message], role: str, text: str) -> list[Message]:
    """A copy of a conversation with this added."""
    copy = [msgspec.structs.replace(line) for line in history]
    add(copy, role, text)
    return copy


def same(one: list[Message], other: list[Message]) -> bool:
    """Whether two conversations are the same, however they are spelled."""
    spelled = [[(line.role, normalise(line.text)) for line in each] for each in (one, other)]
    return spelled[0] == spelled[1]
