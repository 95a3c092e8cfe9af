"""Addresses of steps: by word, by capability, by number."""

from __future__ import annotations

import pytest

from pipeline.config.addresses import numbered
from pipeline.faults import FaultFound, Place

WORDS = ["vad.energy", "dedup", "asr.script", "dedup"]
HERE = Place("x.yaml", 1, 1)


@pytest.mark.parametrize(
    ("address", "index"), [("vad", 0), ("vad.energy", 0), ("asr", 2), ("dedup[1]", 1), ("dedup[2]", 3)]
)
def test_an_address_names_one_step(address: str, index: int) -> None:
    """As a whole or by its capability; by its number where it stands more than once."""
    assert numbered(WORDS, address, HERE) == index


@pytest.mark.parametrize(
    ("address", "text", "hint"),
    [
        ("dedup", "`dedup` stands 2 times in the pipeline", "say `dedup[1]` or `dedup[2]`"),
        ("dedup[3]", "`dedup` stands 2 times in the pipeline", "say `dedup[1]` or `dedup[2]`"),
        ("vda", "no step `vda` in the pipeline", "did you mean `vad`?"),
    ],
)
def test_an_address_that_names_no_step_or_two_is_refused(address: str, text: str, hint: str) -> None:
    """With what to write instead."""
    with pytest.raises(FaultFound) as refused:
        numbered(WORDS, address, HERE)
    assert (refused.value.text, refused.value.hint) == (text, hint)
