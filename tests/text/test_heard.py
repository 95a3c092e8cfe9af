"""The words in a transcript: no notes, no outros of films, no hints, no punctuation alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.heard import heard_words

SILENT = [
    *(".", "…", "?!", "- -", "。", "、", "؟", "׃", "।", "♪♪", "🎵", "*", "« »", "\u200f", "___"),
    *(
        "[BLANK_AUDIO]",
        "[ Silence ]",
        "(upbeat music)",
        "(מוזיקה)",
        "【音楽】",
        "（笑）",
        "<|nospeech|>",
        "<noise>",
        "++NOISE++",
    ),
    *("*coughs*", "{inaudible}", "[00:00.000 --> 00:02.000]", "♪ la la la ♪", "[Music] (applause) ."),
    *(
        "Thank you for watching!",
        "Thanks for watching.",
        "Thank you so much for watching!",
        "תודה שצפיתם",
        "תודה רבה על הצפייה.",
    ),
    *("Please subscribe to my channel.", "Subtitles by the Amara.org community", "字幕由Amara.org社区提供"),
    *("ご視聴ありがとうございました", "Продолжение следует...", "شكرا للمشاهدة", "Untertitel der Amara.org-Community"),
    *("Sous-titres réalisés par la communauté d'Amara.org", "תרגום על ידי צוות"),
]
SPOKEN = {
    "Yes.": "Yes.",
    "כן": "כן",
    "5": "5",
    "هل تريد موعدا؟": "هل تريد موعدا؟",
    "[noise] yes, please": "yes, please",
    "yes (laughs) please": "yes please",
    "Thank you.": "Thank you.",
    "Thank you for your help.": "Thank you for your help.",
    "I was watching it. Thank you.": "I was watching it. Thank you.",
    "My number is (03) 555 1234": "My number is (03) 555 1234",
    "I need a translation by Sunday": "I need a translation by Sunday",
}


@pytest.mark.parametrize("text", SILENT)
def test_a_transcript_without_words(text: str) -> None:
    """Of any recogniser, in any script."""
    assert heard_words(text) == ""


@pytest.mark.parametrize("text", SPOKEN)
def test_a_transcript_with_words(text: str) -> None:
    """Its notes are left out, its words are not."""
    assert heard_words(text) == SPOKEN[text]


def test_a_hint_that_comes_back() -> None:
    """It is no answer, unless it is as short as one."""
    assert heard_words("Names: Maximus, Dana, Haifa.", "names: Maximus, Dana, Haifa") == ""
    assert heard_words("Maximus", "Maximus") == "Maximus"
    assert heard_words("Dana, please", "Names: Maximus, Dana, Haifa") == "Dana, please"


@given(st.text(st.characters(categories=["P", "S", "Z", "C"], exclude_characters="_")))
def test_signs_alone_are_no_words(text: str) -> None:
    """However many."""
    letters = unicodedata.normalize("NFKC", text)  # a sign may stand for a letter: ⼀ is 一
    assert heard_words(text) == "" or any(map(str.isalnum, letters))
