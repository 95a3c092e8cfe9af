from __future__ import annotations

import pytest

from pipeline.text.fixed import NODS, nods
from pipeline.text.nods import Nods, just_asked


@pytest.mark.parametrize(
    ("language", "text", "nod"),
    [
        ("en-US", "Mm-hm.", True),
        ("en-US", "yeah, yeah, okay", True),
        ("en-US", "I see", True),
        ("en-US", "no", False),
        ("en-US", "okay but wait", False),
        ("en-US", "right now", False),
        ("he-IL", "כן", True),
        ("he-IL", "כן, כן. הבנתי", True),
        ("he-IL", "אוקיי", True),
        ("he-IL", "mm-hm", True),
        ("he-IL", "לא", False),
        ("he-IL", "כן אבל רגע", False),
        ("ja-JP", "はいはい", True),
        ("ja-JP", "いいえ", False),
        ("sv-SE", "okay", True),
        ("en-US", "", False),
    ],
)
def test_a_nod_is_one_by_all_of_its_words(language: str, text: str, nod: bool) -> None:
    """Whole words, in any spelling; one word that is none makes it speech."""
    assert Nods(nods(language)).are(text) is nod


@pytest.mark.parametrize("language", NODS)
def test_each_language_has_nods_and_no_is_none(language: str) -> None:
    """Each of them is found by itself."""
    found = Nods(nods(language))
    assert all(found.are(each) for each in NODS[language]) and len(NODS[language]) > 10
    assert not any(found.are(each) for each in ("no", "non", "nein", "não", "нет", "לא", "لا", "不", "いいえ", "नहीं"))


def test_a_text_of_one_letter_over_and_over_is_judged_at_once() -> None:
    """Not by trying each way to cut it."""
    assert not Nods(nods("en-US")).are("m" * 5000 + "x")


@pytest.mark.parametrize(
    ("heard", "asked"),
    [
        ("Is it far?", True),
        ("Is it far? We could", True),
        ("Is it far? We could go there by bus.", False),
        ("האם זה רחוק? אנחנו", True),
        ("It is far.", False),
        ("", False),
    ],
)
def test_a_question_is_the_last_thing_that_was_said(heard: str, asked: bool) -> None:
    """Up to three words may have followed it."""
    assert just_asked(heard) is asked
