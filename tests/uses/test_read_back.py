"""The read-back of an effect."""

from __future__ import annotations

import pytest

from pipeline.uses.read_back import ReadBack
from pipeline.uses.request import Refusal, Request
from tests.kit.tooled import Slow

BOOK = Slow("book", effect=True, confirm="{rooms} rooms.")


def request(rooms: str) -> Request:
    return Request(BOOK, {"rooms": rooms}, f'{{"rooms":"{rooms}"}}')


def refused(read_back: ReadBack, rooms: str) -> str:
    with pytest.raises(Refusal):
        read_back.check(request(rooms))
    return read_back.take()


def test_it_is_let_through_after_it_was_heard_and_answered() -> None:
    """Once; the same request later is read back again."""
    read_back = ReadBack("en-US")
    assert refused(read_back, "3") == "3 rooms. Right?"
    read_back.heard("3 rooms. Right?")
    read_back.words("yes")
    assert read_back.is_agreed("book")
    read_back.check(request("3"))
    assert refused(read_back, "3") == "3 rooms. Right?"


def test_words_before_its_end_are_no_answer() -> None:
    """It is said anew."""
    read_back = ReadBack("en-US")
    refused(read_back, "3")
    read_back.heard("3")
    read_back.words("yes")
    assert refused(read_back, "3") == "3 rooms. Right?"


def test_the_words_of_an_answer_are_not_those_of_its_end() -> None:
    """Nothing is said twice by a model that asks again before the caller has spoken; it is read back anew."""
    read_back = ReadBack("en-US")
    refused(read_back, "3")
    read_back.heard("3 rooms. Right?")
    assert refused(read_back, "3") == "3 rooms. Right?"


@pytest.mark.parametrize("language", ["en-US", "he-IL", "de-DE", "ja-JP"])
def test_a_plain_no_refuses_however_often_the_model_asks(language: str) -> None:
    """Until the caller says something else: then it begins anew."""
    plain = {"en-US": "No, no!", "he-IL": "לא", "de-DE": "nein", "ja-JP": "いいえ"}[language]
    read_back = ReadBack(language)
    text = refused(read_back, "3")
    read_back.heard(text)
    read_back.words(plain)
    assert refused(read_back, "3") == "" == refused(read_back, "3")
    read_back.words("well, three after all")
    assert refused(read_back, "3") == text


def test_an_effect_without_a_text_and_a_read_are_let_through() -> None:
    """There is nothing to agree to."""
    for tool in (Slow("note", effect=True), Slow("find", confirm="{rooms}.")):
        ReadBack("en-US").check(Request(tool, {}, "{}"))
