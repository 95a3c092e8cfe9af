"""An answer with uses of tools in it: words within their limit, and uses behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.llm.asked import Asked
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.reading import TOKENS, Reading
from processors.llm.openai.stream import Piece
from tests.kit.dialects import ACRE, OFFERED, text, use

BOOK = Piece(uses=(use("book", text(ACRE), index=0),))


def read(*pieces: Piece, longest: int = 800, offered: tuple[str, ...] = OFFERED) -> tuple[str, list[str]]:
    """The words of the pieces, and the whole uses."""
    reading, bits = Reading(longest, offered=offered), list[str | Asked]()
    for piece in pieces:
        bits += reading.feed(piece)
        if reading.is_full:
            break
    bits += reading.end()
    words = "".join(bit for bit in bits if isinstance(bit, str))
    return words, [bit.name for bit in bits if isinstance(bit, Asked) and bit.whole]


@pytest.mark.fault("J20")
def test_words_and_a_use() -> None:
    """Both are there."""
    assert read(Piece("One moment."), BOOK) == ("One moment.\n", ["book"])
    assert read(BOOK) == ("", ["book"])


@pytest.mark.fault("J21")
def test_a_use_behind_the_limit_of_words() -> None:
    """It is read, and no more words are."""
    long = [Piece(f"Word {number}. ") for number in range(60)]
    words, uses = read(*long, BOOK, Piece("And more."), longest=100)
    assert len(words) < 120 and uses == ["book"]
    assert read(*long, BOOK, longest=100, offered=())[1] == []


def test_an_answer_without_end() -> None:
    """It is read to 600 tokens in search of a use, and that is no fault if its words were enough."""
    pieces = [Piece(f"Word {number}. ") for number in range(3 * TOKENS)]
    reading = Reading(100, offered=OFFERED)
    count = next(
        at for at, piece in enumerate(pieces, 1) if ([*reading.feed(piece)] and reading.is_full) or reading.is_full
    )
    assert count == TOKENS
    with pytest.raises(ProviderFault, match="more than 600 tokens"):
        read(*pieces, longest=100_000)


def test_a_result_that_the_model_imagines_is_not_spoken() -> None:
    """The words behind a use that is written as text."""
    written = '<tool_call>{"name": "book", "arguments": {}}</tool_call>'
    words, uses = read(Piece("One moment. "), Piece(written), Piece("It is "), Piece("booked."))
    assert (words.strip(), uses) == ("One moment.", ["book"])
    assert read(Piece('<tool_call>{"name": "x"}</tool_call>'), Piece("We open."))[0].strip() == "We open."


@given(st.text(alphabet="<>{}[]()\"':,/|_.ab function`tool_call", max_size=60), st.integers(1, 5))
def test_any_text(words: str, size: int) -> None:
    """It is read without an error, and without tools as if there were none."""
    pieces = [Piece(words[at : at + size]) for at in range(0, len(words), size)]
    assert isinstance(read(*pieces)[0], str)
    assert read(*pieces, offered=())[1] == []
