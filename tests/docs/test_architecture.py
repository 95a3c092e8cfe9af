"""docs/architecture.md and its drawings are as the code has them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def test_the_map_and_the_drawings_are_fresh() -> None:
    """Made anew in a process of its own they are the same to the byte; `make docs` writes them."""
    command = [sys.executable, "-m", "docs.drawings", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["barge-in", "reply", "config"])
def test_each_drawing_is_on_the_page(name: str) -> None:
    """The page shows it, and it is well-formed XML."""
    assert f"(architecture/{name}.svg)" in PAGE
    ElementTree.parse(ROOT / f"docs/architecture/{name}.svg")


def test_the_glossary_is_sorted() -> None:
    """A word is found where the alphabet has it."""
    words = re.findall(r"^\| ([\w -]+?) \|", PAGE.partition("## Glossary")[2], re.MULTILINE)[2:]
    assert words == sorted(words, key=lambda word: re.sub(r"\W", "", word)) and len(words) >= 20


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").glob("*.md")) + sorted(ROOT.glob("*.md")), ids=lambda it: it.name
)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file that is there."""
    text = page.read_text(encoding="utf-8")
    links = [it.partition("#")[0] for it in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in it]
    assert not [link for link in links if link and not (page.parent / link).exists()]
