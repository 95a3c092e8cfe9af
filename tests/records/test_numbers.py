"""Telephone numbers, however they are written."""

from __future__ import annotations

import pytest

from pipeline.records.numbers import is_number, same_number

MINE = "+972501234567"


@pytest.mark.parametrize(
    "text",
    [
        "+972501234567", "972501234567", "00972501234567", "0501234567", "050-1234567", "050 123 4567", "501234567",
        "+972 (0)50-123.4567", " +972-50-1234567 ", "(050) 123\u20114567",
        "tel:+972-50-123-4567", "whatsapp:+972501234567", "\u202a+972\xa050-1234567\u202c", "\u200f0501234567",
        "\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    ],
)  # fmt: skip
def test_a_number_is_known_in_any_writing(text: str) -> None:
    """With or without country code and trunk prefix, and either way round."""
    assert is_number(text) and same_number(text, MINE) and same_number(MINE, text)


@pytest.mark.parametrize(
    "text", ["+972501234568", "+1972501234567", "0541234567", "1234567", "34567", "", "+44501234567", "72501234567890"]
)
def test_another_number_is_another(text: str) -> None:
    """A shorter one that fits the end is another, too: forgetting it would forget somebody else."""
    assert not same_number(text, MINE) and not same_number(MINE, text)


def test_an_address_is_itself_alone() -> None:
    """`sip:` and `client:` are compared as they are, whatever their case."""
    assert is_number("sip:Dana@example.com") and same_number("sip:dana@example.com", "SIP:Dana@Example.com")
    assert not same_number("sip:0501234567@x", MINE)


@pytest.mark.parametrize("text", ["dana", "CA12", "12345", "", "calls/2026-11-22", "+"])
def test_what_is_no_number_is_told_apart(text: str) -> None:
    """A mistyped name would otherwise match the empty number of a call without one."""
    assert not is_number(text)
