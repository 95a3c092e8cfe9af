from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import AgentSpeaking, Interrupt, ReplyAhead, ReplyEnded, ReplyText
from pipeline.testing import run
from processors.intro_filter import IntroFilter

HEARD = AgentSpeaking(False, "שלום. שמי דנה.")


def reply(turn: int, *pieces: str) -> list[Any]:
    return [*(ReplyText(turn, piece) for piece in pieces), ReplyEnded(turn)]


def said(inputs: list[Any], language: str = "he-IL", **changed: Any) -> list[str]:
    out = run(IntroFilter(IntroFilter.Settings(**changed)), inputs, language=language)
    return [it.text for it in out if isinstance(it, ReplyText)]


def second(*pieces: str, language: str = "he-IL", **changed: Any) -> list[str]:
    """What is left of a reply that follows one that was heard."""
    return said([*reply(1, "שלום."), HEARD, *reply(2, *pieces)], language, **changed)[1:]


def test_the_first_reply_may_introduce() -> None:
    """Every sentence of it."""
    assert said(reply(1, "שמי דנה.", "אני מתמחה בנדל״ן.", "איך אפשר לעזור?")) == [
        "שמי דנה.",
        "אני מתמחה בנדל״ן.",
        "איך אפשר לעזור?",
    ]


def test_a_first_reply_that_nobody_heard_does_not_count() -> None:
    """Once the caller has heard it, not once it was made."""
    assert said([*reply(1, "שמי דנה."), *reply(2, "שמי דנה.")]) == ["שמי דנה.", "שמי דנה."]
    assert said([*reply(1, "שמי דנה."), Interrupt(1, "", 0.0), *reply(2, "שמי דנה.")]) == ["שמי דנה.", "שמי דנה."]


def test_a_first_reply_heard_in_part_counts() -> None:
    """Who was interrupted has been heard, too."""
    assert said([*reply(1, "שמי דנה."), Interrupt(1, "שמי", 0.5), *reply(2, "שמי דנה.", "כן.")]) == ["שמי דנה.", "כן."]


@pytest.mark.parametrize(
    "sentence",
    [
        "שמי דנה.",
        "היי, ושמי דנה.",
        "אני מתמחה בדירות.",
        "אָנִי מִתְמַחָה בדירות.",
        'דירות נדל"ן כאן.',
        "דירות נדל״ן כאן.",
        "דירות נדל''ן כאן.",
        "מדירות נדל״ן.",
    ],
)
def test_a_later_introduction_is_dropped(sentence: str) -> None:
    """However it is spelled, and with the prefix letters of Hebrew."""
    assert second(sentence, "יש לנו דירה.", phrases=["אני מתמחה", "שמי", "דירות נדל"]) == ["יש לנו דירה."]


@pytest.mark.parametrize("sentence", ["זה רשמי.", "השמיים בהירים.", "שמיים.", "נדל״ן הוא עסק טוב.", "אני מתמחים."])
def test_what_only_looks_like_an_introduction_stays(sentence: str) -> None:
    """Whole words count: "רשמי" is official, "שמיים" is the sky."""
    assert second(sentence) == [sentence]


def test_a_piece_of_several_sentences_loses_only_the_introduction() -> None:
    """What is left of it is said."""
    assert second("כמובן. שמי דנה. מתי נוח?") == ["כמובן. מתי נוח?"]


@pytest.mark.parametrize(
    ("language", "instead"),
    [
        ("he-IL", "בסדר. איך אוכל לקדם את זה עבורך?"),
        ("en-US", "All right. How can I take this further for you?"),
        ("sv-SE", "All right. How can I take this further for you?"),
        ("fr-FR", "Très bien. Que puis-je faire de plus pour vous ?"),
    ],
)
def test_if_nothing_is_left_a_phrase_is_said(language: str, instead: str) -> None:
    """A reply is never silent."""
    assert second("שמי דנה.", "אני מתמחה.", language=language, phrases=["שמי", "אני מתמחה"]) == [instead]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en-US", "My name is Dana."),
        ("es-ES", "Me llamo Dana."),
        ("de-DE", "Mein Name ist Dana."),
        ("zh-CN", "我叫小王。"),
    ],
)
def test_introductions_are_known_by_language(language: str, sentence: str) -> None:
    """Without phrases of its own the filter knows the usual words; with some, these alone."""
    assert second(sentence, "X.", language=language) == ["X."]
    assert second(sentence, "X.", language=language, phrases=["other"]) == [sentence, "X."]
    assert second("Maximus here.", language=language) == ["Maximus here."]


def test_the_phrase_can_be_set_and_is_known_ahead() -> None:
    """So that its sound can be made before the call."""
    assert second("שמי דנה.", instead="נמשיך?") == ["נמשיך?"]
    assert IntroFilter.phrases(IntroFilter.Settings(instead="נמשיך?"), "he-IL") == ("נמשיך?",)


def test_a_greeting_counts_only_if_it_introduces() -> None:
    """A plain greeting before the first reply leaves the introduction to the reply."""
    plain = [*reply(0, "שלום."), AgentSpeaking(False, "שלום.")]
    full = [*reply(0, "שלום, שמי דנה."), AgentSpeaking(False, "שלום, שמי דנה.")]
    assert said([*plain, *reply(1, "שמי דנה.")])[1:] == ["שמי דנה."]
    assert said([*full, *reply(1, "שמי דנה.", "כן.")])[1:] == ["כן."]


def test_an_empty_reply_stays_empty() -> None:
    """Only what was taken away is made up for."""
    assert said([*reply(1, "שלום."), HEARD, ReplyEnded(2)]) == ["שלום."]


def test_what_would_be_dropped_is_not_made_ahead() -> None:
    """What goes ahead is what would be said; it counts for nothing."""
    ahead = [ReplyAhead(2, "שמי דנה."), ReplyAhead(2, "בוקר טוב. שמי דנה."), ReplyAhead(2, "בוקר טוב.")]
    out = run(IntroFilter(), [*reply(1, "שלום."), HEARD, *ahead, *reply(2, "שמי דנה.")], language="he-IL")
    assert [it.text for it in out if isinstance(it, ReplyAhead)] == ["בוקר טוב."] * 2
    assert [it.text for it in out if isinstance(it, ReplyText)][1:] == ["בסדר. איך אוכל לקדם את זה עבורך?"]
    assert run(IntroFilter(), ahead[:1]) == ahead[:1]
