"""The conversation's messages, as far as they were heard."""

from __future__ import annotations

import msgspec

from pipeline.text import normalise
from pipeline.text.plain_json import whole

LONGEST = 10_000  # characters of a message that are kept: some twelve minutes of speech


class Message(msgspec.Struct):
    """One speaker's words between two of the other's, as far as they were heard."""

    role: str  # user, assistant
    text: str


def add(history: list[Message], role: str, text: str) -> None:
    """Append a message; words of the same speaker as the last one's are joined to it.

    A lone surrogate becomes U+FFFD: UTF-8 lacks it, and every later request with this conversation would fail. The end
    of a text beyond 10,000 characters (LONGEST) is left out.
    """
    text = whole(text[:LONGEST])
    # Models expect the two roles to alternate: some servers refuse two user messages in a row.
    if history and history[-1].role == role:
        history[-1].text += " " + text
    else:
        history.append(Message(role, text))


def joined(history: list[Message], role: str, text: str) -> list[Message]:
    """Return a copy of a conversation with a message added."""
    copy = [msgspec.structs.replace(line) for line in history]
    add(copy, role, text)
    return copy


def same(one: list[Message], other: list[Message]) -> bool:
    """True if two conversations have the same words; case, punctuation and spacing do not count."""
    spelled = [[(line.role, normalise(line.text)) for line in each] for each in (one, other)]
    return spelled[0] == spelled[1]
