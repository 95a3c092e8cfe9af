"""Values, written so that they read back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.findings import Findings
from pipeline.config.writing import scalar
from pipeline.config.yaml.scalars import core
from pipeline.config.yaml.tree import parse


@given(st.text() | st.sampled_from(["7", "true", "null", "~", "a: b", "a #b", "- a", "12:30", "", " a ", "[a", "0x9"]))
def test_any_text_can_be_written(text: str) -> None:
    """A scalar reads back as what it was, in a list or by itself; text that looks like a number stays text."""
    text = "".join(char for char in text if not 0xD800 <= ord(char) < 0xE000)
    for plain in (True, False):
        findings = Findings()
        root: Any = parse(f"- {scalar(text, plain)}\n- [{scalar(text, plain)}]\n", "x", findings)
        assert not findings.faults
        for node in (root.items[0], root.items[1].items[0]):
            meant = core(text) if plain else text
            found = core(node.text) if node.plain else node.text
            assert found == meant or found != found
