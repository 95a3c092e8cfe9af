from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import Phrases, Sentences, normalise, sentences, shorten
from pipeline.text.normalise import encodable, part

texts = st.text("ab .,!?…\n\"'אבנ״׳־0", max_size=60)


@given(st.text(st.characters(codec=None), max_size=80))
def test_any_text_can_be_encoded(text: str) -> None:
    """Without halves of surrogate pairs and control characters; letters and white space stay as they are."""
    found = encodable(text)
    assert (found.encode() and not any(char < " " and char not in "\t\n\r" for char in found)) or not text
    assert [char for char in found if char.isalnum()] == [char for char in text if char.isalnum()]
    assert encodable("One  two.\n\tThree.") == "One  two.\n\tThree."


# ---- normalising --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Hello,  WORLD!", "hello world"),
        ("  \n\t ", ""),
        ("?!…", ""),
        ("שָׁלוֹם עֲלֵיכֶם", "שלום עליכם"),
        ("נדל״ן", "נדלן"),
        ('נדל"ן', "נדלן"),
        ("נדל''ן", "נדלן"),
        ("נדל׳׳ן", "נדלן"),
        ("נדל”ן", "נדלן"),
        ("ג׳ירפה", "גירפה"),
        ("תל־אביב", "תל אביב"),
        ("תל-אביב", "תל אביב"),
        ("תל – אביב", "תל אביב"),
        ("\u200fשלום\u200e", "שלום"),
        ("ﬁve", "five"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("don't", "dont"),
        ("don’t", "dont"),
        ("3.5", "3 5"),
        ("a_b", "a b"),
    ],
)
def test_spellings_of_the_same_words_become_the_same(text: str, same: str) -> None:
    """Case, white space, punctuation, niqqud, direction marks, dashes, geresh and gershayim do not count."""
    assert normalise(text) == same


@given(st.text(max_size=80))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    """And never leaves white space to spare."""
    once = normalise(text)
    assert normalise(once) == once == " ".join(once.split())


# ---- phrases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("שמי", "שמי דנה", True),
        ("שמי", "היי, ושמי דנה", True),
        ("שמי", "שמי.", True),
        ("שמי", "זה רשמי", False),
        ("שמי", "שמיים", False),
        ("שמי", "משמים", False),
        ("אני מתמחה", "אני מתמחה בדירות", True),
        ("אני מתמחה", "שאני מתמחה בדירות", True),
        ("אני מתמחה", "אני מתמחהים", False),
        ("אני מתמחה", "אני לא מתמחה", False),
        ("מקסימוס נדל", "מקסימוס נדל״ן", True),
        ("מקסימוס נדל", 'מקסימוס נדל"ן', True),
        ("מקסימוס נדל", "מקסימוס נדל''ן", True),
        ("מקסימוס נדל", "במקסימוס נדל״ן", True),
        ("מקסימוס נדל", "מקסימוס נדלה", False),
        ("נדל״ן", "נדל''ן", True),
        ("נדלן", "נדל״ן", True),
        ("my name is", "Well, MY NAME  is Dana", True),
        ("my name is", "my name isn't Dana", False),
        ("name", "rename", False),
        ("name", "surnames", False),
    ],
)
def test_a_phrase_is_found_as_whole_words(words: str, text: str, found: bool) -> None:
    """Hebrew prefix letters allowed; an abbreviation counts up to its gershayim."""
    assert Phrases([words]).in_(text) is found


def test_any_of_several_phrases_is_found() -> None:
    """And none of none, or of blank ones."""
    assert Phrases(["one", "two"]).in_("take two")
    assert not Phrases([]).in_("take two") and not Phrases(["", " ?"]).in_("take two")


@pytest.mark.parametrize("prefix", "ושהכלבמ")
def test_every_prefix_letter_may_stand_before_a_hebrew_phrase(prefix: str) -> None:
    """One, or up to three of them."""
    assert Phrases(["דירה"]).in_(f"{prefix}דירה") and Phrases(["דירה"]).in_(f"וש{prefix}דירה")


# ---- sentences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("No end", ["No end"]),
        ("", []),
        (" \n ", []),
        ("First line\nsecond line", ["First line", "second line"]),
        ("It costs 3.5 million. Fine.", ["It costs 3.5 million.", "Fine."]),
        ("Dr. Levi and Mr. Katz, e.g. now. Good.", ["Dr. Levi and Mr. Katz, e.g. now.", "Good."]),
        ("J. Doe called. Who?", ["J. Doe called.", "Who?"]),
        ('He said "Yes." Then he left.', ['He said "Yes."', "Then he left."]),
        ("What?! Really...", ["What?!", "Really..."]),
        ("שלום. איך אפשר לעזור? תודה", ["שלום.", "איך אפשר לעזור?", "תודה"]),
        ("www.example.com is it. Yes.", ["www.example.com is it.", "Yes."]),
        ("(Is it?) It is.", ["(Is it?)", "It is."]),
    ],
)
def test_text_is_split_after_each_sentence(text: str, pieces: list[str]) -> None:
    """A full stop in a number, a name or an abbreviation ends none."""
    assert sentences(text) == pieces


@given(texts)
def test_no_word_is_lost_between_sentences(text: str) -> None:
    """Split, they have the words that they had."""
    assert " ".join(sentences(text)).split() == text.split()


@given(texts, st.lists(st.integers(0, 60), max_size=8))
def test_sentences_are_the_same_in_whatever_bits_they_arrive(text: str, cuts: list[int]) -> None:
    """Fed whole or in pieces."""
    cuts = [0, *sorted(cuts), len(text)]
    splitter, found = Sentences(), []
    for begin, end in pairwise(cuts):
        found += splitter.feed(text[begin:end])
    assert [*found, *splitter.rest()] == sentences(text)


def test_a_sentence_is_given_as_soon_as_it_is_whole() -> None:
    """White space after it says so; a full stop at the end of a bit may be in the middle of a number."""
    splitter = Sentences()
    assert splitter.feed("It costs 3.") == []
    assert splitter.feed("5 million. ") == ["It costs 3.5 million."]
    assert splitter.feed("Ask Dr. ") == []
    assert splitter.feed("Levi.") == [] and splitter.rest() == ["Ask Dr. Levi."]
    assert splitter.rest() == []


# ---- cutting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two"),
        ("one two three", 7, "one two"),
        ("one two three", 6, "one"),
        ("one, two", 5, "one"),
        ("one – two", 6, "one"),
        ("immeasurable", 5, "immea"),
        ("one\ttwo", 5, "one"),
        ("one\u00a0two", 5, "one"),
    ],
)
def test_text_is_cut_after_a_word(text: str, limit: int, cut: str) -> None:
    """Only a word that is too long by itself is cut in the middle."""
    assert shorten(text, limit) == cut


def test_of_a_word_without_an_end_the_beginning_is_looked_at() -> None:
    """A megabyte of one letter would keep every call waiting for half a second."""
    assert normalise("W" * 1_000_000) == normalise("w" * 20_000) != normalise("w" * 5_000)


@given(texts, st.integers(1, 60))
def test_a_cut_text_is_never_too_long_and_begins_like_the_whole(text: str, limit: int) -> None:
    """Its last word is one of the text's, if the text has one that fits."""
    cut = shorten(text, limit)
    assert len(cut) <= limit and text.startswith(cut)


@pytest.mark.parametrize(
    ("share", "heard"),
    [
        (0.0, ""),
        (0.15, ""),
        (0.16, "one"),
        (0.36, "one"),
        (0.37, "one two"),
        (0.99, "one two three"),
        (1.0, "one two three four."),
    ],
)
def test_a_part_of_a_text_is_its_first_words(share: float, heard: str) -> None:
    """Whole ones."""
    assert part("one two three four.", share) == heard


@given(texts.map(str.strip), st.floats(0, 2))
def test_a_part_begins_like_the_whole(text: str, share: float) -> None:
    """And the whole is a part of itself."""
    assert text.startswith(part(text, share)) and part(text, 1) == text
