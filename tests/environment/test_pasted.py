"""Keys as they are pasted: cleaned, refused, or told to be placeholders."""

from __future__ import annotations

import pytest

from pipeline.environment.pasted import cleaned, is_placeholder, key_fault

MARKS = [
    " ",
    "\t",
    "\n",
    "\r\n",
    '"',
    "'",
    "\u201c",
    "\u201d",
    "\u2018",
    "\u2019",
    "\u00ab",
    "\ufeff",
    "\u200b",
    "\u2060",
]


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
@pytest.mark.parametrize(
    "shape",
    ["{0}sk-1{0}", "{0}sk-1", "sk-1{0}", '"{0}sk-1{0}"', " {0}Bearer sk-1", "{0}MY_API_KEY={0}sk-1", "sk-1,{0}"],
)
def test_marks_of_pasting_are_taken_off(mark: str, shape: str) -> None:
    """At either end and in any order, and each is named."""
    text, marks = cleaned(shape.format(mark))
    assert text == "sk-1"
    assert marks and "sk-1" not in marks


@pytest.mark.parametrize("key", ["", "sk-1", "a=b+c/d==", "A_B=", "A_B==", "bearer", "it's"])
def test_a_clean_key_is_left_as_it_is(key: str) -> None:
    """Nothing is said of it."""
    assert cleaned(key) == (key, "")


@pytest.mark.parametrize("key", ["sk-1 2", "sk-1\n2", "sk\u00a01", "sk-\u05d0", "\u2022\u2022\u2022", "sk-1…"])
def test_white_space_and_foreign_letters_are_faults(key: str) -> None:
    """Neither is in any key, and the fault does not show it."""
    assert key_fault(key) and key not in key_fault(key)


@pytest.mark.parametrize(
    "key",
    [
        "sk-...",
        "sk-xxxx",
        "your-key-here",
        "YOUR_API_KEY",
        "sk-your-key-here",
        "changeme",
        "xxx",
        "<key>",
        "TODO",
        "${OPENAI_API_KEY}",
        "%OPENAI_API_KEY%",
    ],
)
def test_placeholders_are_known(key: str) -> None:
    """As documentation and examples write them."""
    assert is_placeholder(key)


@pytest.mark.parametrize("key", ["", "sk-proj-4fA9", "none", "EMPTY", "test", "0123456789abcdef" * 2, "secret-token"])
def test_keys_are_no_placeholders(key: str) -> None:
    """Nor is the word that a local server takes as a key."""
    assert not is_placeholder(key)
