"""Tags of languages in one form, and the script of a text."""

from __future__ import annotations

import pytest

from pipeline.text.languages import canonical, is_foreign, primary, same_language, written_in


@pytest.mark.parametrize(
    ("tag", "form"),
    [
        ("he-IL", "he-IL"),
        ("iw-IL", "he-IL"),
        ("iw", "he"),
        ("heb", "he"),
        ("EN_us", "en-US"),
        ("ger-at", "de-AT"),
        ("deu", "de"),
        ("ZH-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("in-ID", "id-ID"),
        ("tlh", "tlh"),
        ("xx", "xx"),
    ],
)
def test_a_tag_has_one_form(tag: str, form: str) -> None:
    """Case, underscores, withdrawn codes and those of three letters; unknown ones stay."""
    assert canonical(tag) == form == canonical(form)


def test_one_language_has_many_tags() -> None:
    """Whatever the region; Mandarin is Chinese."""
    assert same_language("iw-IL", "he") and same_language("en-GB", "en_US") and primary("cmn-Hans-CN") == "zh"
    assert not same_language("en-GB", "de-DE")


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("Hello.", "he-IL", True),
        ("שלום", "he-IL", False),
        ("שלום, Kav", "he-IL", False),
        ("שלום", "en-US", True),
        ("¿Qué?", "es-ES", False),
        ("Привет", "ru", False),
        ("Hello", "ja-JP", True),
        ("部屋を", "ja-JP", False),
        ("部屋", "ja-JP", False),
        ("123 …", "he-IL", False),
        ("", "he-IL", False),
        ("Hello", "tlh", False),
    ],
)
def test_a_text_in_another_script_is_foreign(text: str, language: str, foreign: bool) -> None:
    """Only if not one letter is of the language's script, and that is known."""
    assert is_foreign(text, language) == foreign


@pytest.mark.parametrize(
    ("text", "usual", "language"),
    [("שלום", "en-US", "he"), ("Привет", "en-US", "ru"), ("hello", "en-US", "en-US"), ("שלום, Kav", "en-US", "en-US")],
)
def test_a_text_without_a_letter_of_the_usual_script_is_of_another_language(
    text: str, usual: str, language: str
) -> None:
    """Of the nearest that is written so; a text of several scripts stays as it is."""
    assert written_in(text, usual) == language
