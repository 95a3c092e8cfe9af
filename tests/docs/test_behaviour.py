"""docs/behaviour.md: its settings have the defaults that it gives, and its tests exist."""

from __future__ import annotations

import re

import pytest

from tests.kit.pages import ROOT, read

PAGE = read("docs/behaviour.md")
SETTINGS = re.findall(r"`([a-z_.]+)\.([a-z_]+)` ([\w.]+)(?=,| \|)", PAGE)
TESTS = re.findall(r"`([a-z_/]+\.py)::(\w+)`", PAGE)
RULES = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| rule", "| ---"))]


def default(word: str, field: str) -> str:
    """Return a setting's default as the reference page of the processors has it."""
    section = read("docs/processors.md").partition(f"\n## {word}\n")[2].partition("\n## ")[0]
    (found,) = re.findall(rf"^\| `{field}` \|.*\| `?([^`|]*?)`? \|[^|]*\|$", section, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize(("word", "field", "shown"), SETTINGS)
def test_each_setting_has_the_default_that_the_page_gives(word: str, field: str, shown: str) -> None:
    """The reference page is made from the code."""
    assert default(word, field) == shown


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_each_test_exists(path: str, name: str) -> None:
    """In the file that the page names."""
    assert re.search(rf"^(?:async )?def {name}\(", (ROOT / "tests" / path).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_test(rule: str) -> None:
    """The last column names it."""
    assert re.search(r"`[a-z_/]+\.py::\w+` \|$", rule)
