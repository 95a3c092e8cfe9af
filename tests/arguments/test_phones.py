"""Phone numbers: E.164, with the library and without it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arguments.argument import Unfit
from pipeline.arguments.phones import E164, is_landline, library, read_phone

with_library = pytest.mark.skipif(library() is None, reason="phonenumberslite is not installed")
both = pytest.mark.parametrize("by", [None, pytest.param(library(), marks=with_library)], ids=["without", "with"])


@both
@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("054-123-4567", "IL", "+972541234567"),  # looks like any mobile number, and is in no range
        ("0541234567", "IL", "+972541234567"),
        ("+972 (54) 123.4567", "", "+972541234567"),
        ("00972541234567", "IL", "+972541234567"),
        ("03-1234567", "IL", "+97231234567"),
        ("٠٥٤١٢٣٤٥٦٧", "IL", "+972541234567"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("1 212 555 0100", "US", "+12125550100"),
        ("+447911123456", "IL", "+447911123456"),
        ("06 12345678", "IT", "+390612345678"),
        (541234567, "IL", "+972541234567"),
    ],
)
def test_numbers_are_read(written: Any, region: str, number: str, by: Any) -> None:
    """Written as people write them, with a country's prefix or by the region."""
    assert read_phone(written, region, by) == number


@both
@pytest.mark.parametrize(
    ("written", "region", "told"),
    [
        ("054123456", "IL", "has 9 digits, and a mobile number there has 10: ask for it again, digit by digit"),
        ("05412345678", "IL", "has 11 digits, and a mobile number there has 10"),
        ("+97254123456", "", "has 9 digits, and a mobile number there has 10"),
        ("2125550", "US", "digits, and a number there has 1"),
        ("12", "IL", "digits, and a number there has "),
        ("0541234567", "", "its country's prefix"),
        ("900 555 0100", "US", "costs its callers more"),
        ("0900 1234567", "DE", "costs its callers more"),
        ("five four", "IL", "of digits"),
        ("()", "IL", "of digits"),
        ("+" + "9" * 30, "", "digit by digit"),
        (True, "IL", "has to be text"),
    ],
)
def test_impossible_numbers_are_refused(written: Any, region: str, told: str, by: Any) -> None:
    """With the number of digits that a caller can be asked for; numbers that cost are none to call back."""
    with pytest.raises(Unfit) as error:
        read_phone(written, region, by)
    assert told in str(error.value)


@both
@given(
    st.from_regex(r"\+?[0-9 ()./-]{0,25}", fullmatch=True) | st.text(), st.sampled_from(["", "IL", "US", "DE", "IT"])
)
def test_any_text_is_a_number_or_refused(by: Any, written: str, region: str) -> None:
    """A number that was read is E.164, and is read again as the same."""
    try:
        number = read_phone(written, region, by)
    except Unfit:
        return
    assert E164.fullmatch(number)
    assert read_phone(number, "", by) == number


@with_library
def test_a_landline_is_known() -> None:
    """It takes no messages; in a country where it may be a mobile one, it is not known to be one."""
    assert is_landline("+97235123456")
    assert not is_landline("+972521234567")
    assert not is_landline("+12125550100")
