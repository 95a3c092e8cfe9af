"""The recogniser's processes: what they understand, what they refuse, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from processors.asr.pocketsphinx import pool as sphinx
from tests.kit.alone import SLOW, run

pytest.importorskip("pocketsphinx")
from tests.kit.sphinx import ROOT, ears, listening, on_the_line, recording

SPOKEN = {
    "looking": "hello i am looking for an apartment",
    "rooms": "three rooms please",
    "city": "in tel aviv",
    "budget": "two million shekels",
    "name": "my name is david",
    "callback": "tomorrow at five",
    "wait": "no wait four rooms",
    "bye": "thank you goodbye",
}


def test_the_demo_caller_is_understood() -> None:
    """Each recording of the demo is heard word for word, loud or faint, and wherever in a frame it begins."""

    async def all_of_them() -> None:
        async with listening() as pool:
            for decibels, late in ((0, 0), (-6, 37), (6, 91)):
                heard = await ears(pool, *(recording(name, decibels, late) for name in SPOKEN))
                assert [text for text, _ in heard] == list(SPOKEN.values())
                assert all(0.5 <= confidence <= 1 for _, confidence in heard)

    run(all_of_them(), limit=SLOW)


def test_what_fits_no_phrase_is_no_text() -> None:
    """Sentences about something else, hiss, silence, and less sound than a word takes give an empty text."""
    hiss = np.random.default_rng(0).normal(0, 1000, 8000).astype("<i2").tobytes()
    unrelated = [on_the_line(ROOT / f"tests/data/unrelated_{name}.wav") for name in ("concert", "tea")]

    async def all_of_them() -> None:
        async with listening() as pool:
            heard = await ears(pool, *unrelated, hiss, bytes(16000), bytes(2))
            assert [text for text, _ in heard] == [""] * 5

    run(all_of_them(), limit=SLOW)


def test_a_grammar_that_cannot_be_used() -> None:
    """A word without phones, or phones that do not exist, are told when the workers start."""

    async def started(wording: sphinx.Grammar) -> None:
        async with listening(1, wording):
            raise AssertionError("it started")

    for wording in (sphinx.Grammar(["zzyzx"]), sphinx.Grammar(["haifa"], pronunciations={"haifa": "QQ"})):
        with pytest.raises(ChildProcessError, match="cannot use the grammar"):
            run(started(wording), limit=SLOW)


@pytest.mark.parametrize("phrase", ["(yes", "yes)", "[yes)", "{yes", "in {town}", "", "()"])
def test_a_phrase_that_is_no_phrase(phrase: str) -> None:
    """A bracket without its partner, an unknown slot and a phrase without words are refused before anything starts."""
    with pytest.raises(ValueError, match=r"bracket|slot"):
        sphinx.grammar([phrase], {})


def test_words_that_the_dictionary_lacks() -> None:
    """Brackets and slots are no words; what only looks like a pattern, or begins like a known word, is lacking, too."""
    said = [sphinx.words(text) for text in ("[Hello] zzyzx in {city}", "(yes|no)", "Haifa", "tel ashdod", "hel h.llo")]
    assert said[:2] == [{"hello", "zzyzx", "in"}, {"yes", "no"}]
    assert sphinx.lacking(frozenset().union(*said)) == {"zzyzx", "ashdod", "hel", "h.llo"}
    assert not sphinx.lacking(frozenset())
