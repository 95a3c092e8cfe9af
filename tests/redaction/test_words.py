"""Callers' personal data is masked in words, and everything else is left as it was said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.redaction.numbers import luhn
from pipeline.redaction.words import fragment, redacted

ROOT = Path(__file__).parents[2]
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
HEBREW = ["אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע"]


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A card number of any length, with its check digit."""
    digits = draw(st.sampled_from("3456")) + draw(st.text("0123456789", min_size=11, max_size=17))
    return next(digits + check for check in "0123456789" if luhn(digits + check))


def spoken(digits: str, words: list[str]) -> list[str]:
    """The words for digits."""
    return [words[int(digit)] for digit in digits]


@pytest.mark.fault("I-3")
@given(cards(), st.sampled_from(["", " ", "-", ".", " - ", ", ", "\u00a0", "–", "/", "\u200b"]), st.integers(1, 6))
def test_no_card_number_survives_in_digits(card: str, gap: str, group: int) -> None:
    """In groups of any size, with any marks between them, in ASCII and in full-width digits."""
    groups = gap.join(card[at : at + group] for at in range(0, len(card), group))
    wide = groups.translate({ord("0") + each: chr(0xFF10 + each) for each in range(10)})
    for text in (groups, wide):
        shown = redacted(f"it is {text} thanks")
        assert shown == "it is [card] thanks"


@pytest.mark.fault("I-3")
@given(cards(), st.sampled_from([ENGLISH, HEBREW]), st.sampled_from([" ", ", ", "-", " and ", "... "]))
def test_no_card_number_survives_in_words(card: str, words: list[str], gap: str) -> None:
    """Digit by digit, in English and in Hebrew, also with digits between the words."""
    said = gap.join(spoken(card, words))
    mixed = gap.join([*spoken(card[:6], words), *card[6:]])
    for text in (said, mixed, said.upper()):
        assert redacted(f"it is {text}.") == "it is [card]."


@given(
    st.sampled_from(["CA", "MZ", "AC", ""]),
    st.text("0123456789abcdef", min_size=31, max_size=31),
    st.sampled_from(["{}", "record=calls/2026-01-31/{}", "/ws/twilio-media/{}", "call_sid={}.", "x-{}-y", "_{}_"]),
)
def test_names_of_calls_are_no_numbers(prefix: str, digits: str, line: str) -> None:
    """The digits in the id of a call, in a hash or in a UUID are no caller's, wherever in a line it stands."""
    text = line.format(f"{prefix}{digits}a")
    assert redacted(text) == text
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[19:]))
    assert redacted(line.format(uuid)) == line.format(uuid)


@pytest.mark.parametrize(
    "text",
    [
        "forty two " * 8,
        "ארבעים ושתיים " * 8,
        "double four " * 2 + "double three " * 2 + "double two " * 2 + "double one " * 2,
        "four thousand is 4242 4242 4242 4242, 12/26, 123",
        "4242424242424242123",
        "card:4242424242424242x",
    ],
)
def test_cards_said_otherwise(text: str) -> None:
    """In tens, with repeats, glued to other text, and with the code behind."""
    shown = redacted(text)
    assert "[card]" in shown and not re.search("42|123|forty|double|ארבעים", shown)


@pytest.mark.fault("I-3")
@pytest.mark.parametrize(
    "text",
    [
        "dana@example.co.il",
        "dana.levi+x@example.com",
        "dana at gmail dot com",
        "j o h n dot doe at gmail dot com",
        "Dana at gmail.com",
        "dana (at) example [dot] org",
        "דנה שטרודל ג'ימייל נקודה קום",
        "dana שטרודל gmail נקודה co נקודה il",
        "דנה נקודה לוי שטרודל וואלה נקודה קו נקודה איל",
    ],
)
def test_addresses_are_masked_written_and_spoken(text: str) -> None:
    """With all parts of the name before the sign."""
    assert redacted(f"it is {text}, thanks") in ("it is [e-mail], thanks", "[e-mail], thanks")


@pytest.mark.fault("I-3")
@pytest.mark.parametrize(
    "text",
    [
        "050-123-4567",
        "0501234567",
        "+972 50 123 4567",
        "00972501234567",
        "03-6123456",
        "(212) 555-1234",
        "+1 (212) 555-1234",
        "zero five zero one two three four five six seven",
        "אפס חמש אפס אחת שתיים שלוש ארבע חמש שש שבע",
        "plus four four two zero seven nine four six zero nine five eight",
        "1-700-123-456",
    ],
)
def test_phone_numbers_are_masked_written_and_spoken(text: str) -> None:
    """In Israel's, in America's and in the international form."""
    shown = redacted(f"call me: {text} please")
    assert re.fullmatch(r"call me: \(?\[phone\] please", shown)


@pytest.mark.parametrize(
    "text",
    [
        "I need three or four rooms, up to two million two hundred thousand, by 2027.",
        "2,500,000,000 dollars, or 1,250,000.50 in 1998, 2003, 2011, 2015",
        "From 12.3.2026 to 14.5.2026, 2026-11-28, at 14:30, 15:45 or 16:20, 25.5% of 3/4",
        "I want apple strudel, and look at the dot matrix. I am at home. Come at nine, one of two.",
        "אני רוצה שטרודל תפוחים, שלושה חדרים, קומה ארבע, בשתיים וחצי, עד שני מיליון ומאה אלף",
        "WS_START sid=MZ" + "4" * 32 + " call_sid=CA" + "1" * 32,
        "CALL_ENDED cause=stop seconds=40.1 faults=0 record=calls/2026-11-27/CA6544",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    """Numbers of rooms, prices, years, dates, times, shares and the ids of the log."""
    assert redacted(text) == text


def test_the_texts_of_the_repository_are_left_alone() -> None:
    """But for addresses and phone numbers that really stand in them, and the times of a proxy's log."""
    kinds = ("configs/**/*.md", "configs/**/*.yaml", "tests/data/**/*.log")
    texts = [path for kind in kinds for path in ROOT.glob(kind)]
    lines = [line for path in texts for line in path.read_text("utf-8", "replace").splitlines()]
    real = re.compile(r"@|(?:\d[ ,]+){7}|\+?\d{9,}|\d{3}-\d{3}-\d{4}|:\d\d \+0000")
    wrong = [line for line in lines if redacted(line) != line and not real.search(line)]
    assert len(lines) > 200 and not wrong


def test_a_piece_of_a_number_is_masked() -> None:
    """A card number that comes piece by piece would be whole in their sum."""
    assert fragment("4242 42") == "•••• ••" and fragment("four שתיים dana@") == "• • dana•"


@given(st.text(max_size=200))
def test_any_text_can_be_redacted(text: str) -> None:
    """And a second time it stays as it is."""
    once = redacted(text)
    assert redacted(once) == once
