"""Uses of tools that a model writes into its text, and calls that are left out of the words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.llm.written import Calls, seems_written, written

OFFERED = ("book", "find_listings")

FOUND = {
    '{"name": "functions.book", "arguments": {}}': [("book", "{}")],
    '[{"name": "book"}, {"name": "find_listings", "args": {"city": "Acre"}}]': [
        ("book", "{}"),
        ("find_listings", '{"city":"Acre"}'),
    ],
    'find_listings(city="Acre", rooms=3, tags=["a"])': [("find_listings", '{"city":"Acre","rooms":3,"tags":["a"]}')],
    "<function=book><parameter=rooms>3</parameter></function>": [("book", '{"rooms":3}')],
    '{"name": "sell", "arguments": {}}': [],
    '{"name": "book", "arguments": ': [],
    "I shall book: {it is} done.": [],
    'The book is {"city": "Acre"}': [],
    "functions.book(city=run())": [],
    "find_listings(1, *x)": [],
    "{" * 2000: [],
    '{"a":' * 4000 + "book": [],
    "find_listings(" * 1500: [],
    "": [],
}


@pytest.mark.parametrize("text", FOUND)
def test_uses_in_a_text(text: str) -> None:
    """Those of offered tools that are well formed."""
    assert written(text, OFFERED) == FOUND[text]


@pytest.mark.parametrize(
    ("text", "seems"),
    [
        ('<tool_call>{"name": "bo', True),
        ("[TOOL_CALLS]x", True),
        ('{"name": "sell", "arguments": {}}', True),
        ("functions.sell()", True),
        ("We have functions, and a tool.", False),
        ("<b>We</b> open", False),
    ],
)
def test_a_text_seems_to_have_a_use(text: str, seems: bool) -> None:
    """Also a malformed one, or one of a tool that was not offered."""
    assert seems_written(text) == seems


SAID = {
    "Yes. functions.book(day=')') No.": "Yes.  No.",
    "find_listings(city='a(b')": "",
    "[find_listings(a=1), find_listings(a=(2))]": "[, ]",
    "I can book (the red one). book(s)": "I can book (the red one). book(s)",
    "xfind_listings(1) a.find_listings(1)": "xfind_listings(1) a.find_listings(1)",
    "The functions. Of find_listings I know": "The functions. Of find_listings I know",
    "functions.book(and it never ends": "",
    "if": "if",
}


@given(st.sampled_from(sorted(SAID)), st.lists(st.integers(0, 60), max_size=8))
def test_calls_are_left_out_however_the_text_is_cut(text: str, cuts: list[int]) -> None:
    """And nothing else is."""
    calls, at = Calls(OFFERED), [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert "".join(calls.feed(text[begin:end]) for begin, end in pairwise(at)) + calls.rest() == SAID[text]
