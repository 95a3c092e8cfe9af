"""docs/tools-reference.md."""

from __future__ import annotations

from pathlib import Path

from pipeline.catalog import tool_words
from pipeline.tools.show.tools_page import page

ROOT = Path(__file__).parents[3]


def test_the_page_is_fresh() -> None:
    """It is what `make docs` would write now, with a part for each word."""
    text = (ROOT / "docs/tools-reference.md").read_text(encoding="utf-8")
    assert text == page()
    assert all(f"\n## {word}\n" in text for word in tool_words())
