from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.text import Sentences, sentences
from pipeline.text.sentences import CLAUSE, ends_sentence, speakable

LETTERS = "ab אב12.,:;!?…\n\"'״׳–-()*_₪ "
PARTS = [
    "Dr. ",
    "ד״ר ",
    "רח׳ ",
    "עמ. 5 ",
    "No. 7 ",
    "3.5",
    "12:30",
    "₪1,250.50",
    "...",
    "www.a.com/b?c=d. ",
    "1. ",
    "- ",
    "\n",
]
texts = st.one_of(
    st.text(LETTERS, max_size=120),
    st.lists(st.sampled_from([*PARTS, "word ", "מילה, ", "end. "]), max_size=25).map("".join),
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def fed(text: str, cuts: list[int] | range, first_clause: bool) -> list[str]:
    cuts = [0, *sorted(cuts), len(text)]
    splitter, found = Sentences(first_clause), []
    for begin, end in pairwise(cuts):
        found += splitter.feed(text[begin:end])
    return [*found, *splitter.rest()]


@given(texts, st.booleans())
def test_nothing_is_lost_between_pieces(text: str, first_clause: bool) -> None:
    """Joined, they are the text, up to white space."""
    pieces = sentences(text, first_clause)
    assert squeezed("".join(pieces)) == squeezed(text)
    assert all(piece and piece == piece.strip() for piece in pieces)


@given(texts, st.lists(st.integers(0, 120), max_size=10), st.booleans())
def test_the_pieces_are_the_same_in_whatever_bits_the_text_arrives(
    text: str, cuts: list[int], first_clause: bool
) -> None:
    """A letter at a time, at once, or anything between."""
    whole = sentences(text, first_clause)
    assert fed(text, [min(cut, len(text)) for cut in cuts], first_clause) == whole
    assert fed(text, range(len(text)), first_clause) == whole


@given(texts)
@example("Dr. עמ. 5 עמ. 5 מילה, 1. Dr. ")  # a number that follows a clause begins no list
def test_only_the_first_piece_may_be_a_clause(text: str) -> None:
    """The rest is split as it would be without."""
    first, *rest = sentences(text, first_clause=True) or [""]
    whole = sentences(text)
    assert rest == whole[1:] or (len(first) > CLAUSE and [first, *rest][2:] == whole[1:])


# ---- sentences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("פגשתי את ד״ר כהן. הוא נחמד.", ["פגשתי את ד״ר כהן.", "הוא נחמד."]),
        ('פגשתי את ד"ר כהן. הוא נחמד.', ['פגשתי את ד"ר כהן.', "הוא נחמד."]),
        ("הדירה ברח׳ הרצל 5. יש מעלית.", ["הדירה ברח׳ הרצל 5.", "יש מעלית."]),
        ("הדירה ברח. הרצל. יש מעלית.", ["הדירה ברח. הרצל.", "יש מעלית."]),
        ("ראו עמ׳ 12. תודה.", ["ראו עמ׳ 12.", "תודה."]),
        ("ראו עמ. 12 בחוברת. תודה.", ["ראו עמ. 12 בחוברת.", "תודה."]),
        ("חדרים, סלון וכו׳. מתאים?", ["חדרים, סלון וכו׳.", "מתאים?"]),
        ("פרופ. לוי וגב. כץ יבואו. טוב?", ["פרופ. לוי וגב. כץ יבואו.", "טוב?"]),
        ("א. ב. יהושע כתב. קראת?", ["א. ב. יהושע כתב.", "קראת?"]),
        ("שטח של 80 מ״ר. קומה 3.", ["שטח של 80 מ״ר.", "קומה 3."]),
        ("זה עולה ₪1,250.50 לחודש. בסדר?", ["זה עולה ₪1,250.50 לחודש.", "בסדר?"]),
        ("בשעה 12:30. מתאים?", ["בשעה 12:30.", "מתאים?"]),
        ("התקשרו ל-03-555.1234. תודה.", ["התקשרו ל-03-555.1234.", "תודה."]),
        ("״כן.״ ואז הלך.", ["״כן.״", "ואז הלך."]),
        ("באמת?! כן!", ["באמת?!", "כן!"]),
        ("אז... נמשיך? כן…", ["אז...", "נמשיך?", "כן…"]),
        ("It is 3.5 by 4.20 metres. Good.", ["It is 3.5 by 4.20 metres.", "Good."]),
        ("At 5 p.m. we close. Bye.", ["At 5 p.m. we close.", "Bye."]),
        ("Flats, e.g. small ones, i.e. cheap. Yes.", ["Flats, e.g. small ones, i.e. cheap.", "Yes."]),
        ("Mrs. Levi of Katz Ltd. called. Who?", ["Mrs. Levi of Katz Ltd. called.", "Who?"]),
        ("House no. 7 is free. No. 8 is not.", ["House no. 7 is free.", "No. 8 is not."]),
        ("No. We are closed.", ["No.", "We are closed."]),
        ("See www.example.com/a?b=c. Then call.", ["See www.example.com/a?b=c.", "Then call."]),
        ("1. One room. 2. Two rooms.", ["1. One room.", "2. Two rooms."]),
        ("We have:\n- one\n- two\n\nWell?", ["We have:", "- one", "- two", "Well?"]),
        ("**Bold.** Next.", ["**Bold.**", "Next."]),
        ("Great! 😊 Next? 👍🏽", ["Great!", "😊 Next?", "👍🏽"]),
        ("(One.) [Two.] “Three.” Four", ["(One.)", "[Two.]", "“Three.”", "Four"]),
    ],
)
def test_text_is_split_after_each_sentence(text: str, pieces: list[str]) -> None:
    """Not in an abbreviation, a number, a price, a time, an address or a name."""
    assert sentences(text) == pieces


# ---- the first clause ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("בשמחה, יש לנו דירה יפה בחיפה, שלושה חדרים. להמשיך?", "בשמחה, יש לנו דירה יפה בחיפה,"),
        ("בוודאי, אבדוק זאת מיד. רגע.", "בוודאי, אבדוק זאת מיד."),
        ("אשמח לעזור לך בחיפוש – באיזו עיר?", "אשמח לעזור לך בחיפוש –"),
        ("These are the ones we have: one, two.", "These are the ones we have:"),
        ("We are open until seven; on Fridays until two.", "We are open until seven;"),
        ("It will cost you about ₪1,250,000, all in.", "It will cost you about ₪1,250,000,"),
        ("The numbers you asked for are 5, 6, and 7, I think.", "The numbers you asked for are 5, 6,"),
        ("We have some flats (two, three rooms) there, I think.", "We have some flats (two, three rooms) there,"),
        ("Let us meet on Monday at 12:30, if you can.", "Let us meet on Monday at 12:30,"),
        ("A three-and-a-half-room flat - in Haifa, too.", "A three-and-a-half-room flat -"),
        ("Yes, of course. I can do that, gladly, for you.", "Yes, of course."),
    ],
)
def test_a_reply_begins_with_a_clause(text: str, first: str) -> None:
    """Of about a second or more, not within a number, a list of numbers or brackets."""
    assert sentences(text, first_clause=True)[0] == first
    assert sentences(text)[0] != first or ends_sentence(first)


def test_a_clause_is_given_with_the_word_after_it() -> None:
    """Which is when it is known to be one."""
    splitter = Sentences(first_clause=True)
    assert splitter.feed("We have a lovely apartment,") == []
    assert splitter.feed(" ") == []
    assert splitter.feed("with") == ["We have a lovely apartment,"]
    assert splitter.feed(" three rooms, a kitchen, and so on. ") == ["with three rooms, a kitchen, and so on."]


@pytest.mark.parametrize(
    ("piece", "whole"), [("One.", True), ("One", True), ("One,", False), ("One –", False), ('"One:"', False)]
)
def test_a_clause_is_told_from_a_sentence(piece: str, whole: bool) -> None:
    """By its last mark."""
    assert ends_sentence(piece) is whole


# ---- what can be spoken -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "spoken"),
    [
        ("**Bold** and *slanted*, __both__ and _more_.", "Bold and slanted, both and more."),
        ("## A head", "A head"),
        ("- an item", "an item"),
        ("* an item", "an item"),
        ("• פריט ברשימה", "פריט ברשימה"),
        ("> - **quoted** item", "quoted item"),
        ("---", ""),
        ("***", ""),
        ("```python", "python"),
        ("Say `yes` now.", "Say yes now."),
        ("See [our site](https://example.com/a?b=c) or ![a picture](x.png).", "See our site or a picture."),
        ("https://www.example.com", "www.example.com"),
        ("| a | b |", "a b"),
        ("שלום 😊 מה שלומך 👍🏽?", "שלום מה שלומך ?"),
        ("🇮🇱 → ✅", ""),
        ("ד״ר כהן, רח׳ הרצל 5 – ₪1,250.50 (12:30)", "ד״ר כהן, רח׳ הרצל 5 – ₪1,250.50 (12:30)"),
        ("2 * 3 = 6, snake_case, 20°, 5 - 3", "2 * 3 = 6, snake_case, 20°, 5 - 3"),
        ("-5 degrees", "-5 degrees"),
    ],
)
def test_markup_and_emoji_are_not_spoken(piece: str, spoken: str) -> None:
    """What they stand around is."""
    assert speakable(piece) == spoken
