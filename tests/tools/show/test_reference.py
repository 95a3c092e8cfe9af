"""`show` and docs/processors.md: what a processor takes, gives and may be set."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline import catalog
from pipeline.tools.show.reference import page

ROOT = Path(__file__).parents[3]


def test_the_page_is_fresh() -> None:
    """docs/processors.md is what `make docs` would write now."""
    assert (ROOT / "docs/processors.md").read_text(encoding="utf-8") == page()


def test_the_page_links_to_each_processor() -> None:
    """Every link of its table leads to a heading."""
    text = page()
    headings = {heading.replace(".", "") for heading in re.findall(r"^## (.*)$", text, re.MULTILINE)}
    assert set(re.findall(r"\(#(.*?)\)", text)) == headings and len(headings) == len(catalog.words())
