"""docs/configuration.md: every variable and every key, made from the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.catalog import spec
from pipeline.config.toplevel import Changes, Keys, RecordSettings, ServerSettings
from pipeline.environment.variables import VARIABLES
from pipeline.tools.show.configuration import page, variables

ROOT = Path(__file__).parents[3]


def test_the_page_is_fresh() -> None:
    """docs/configuration.md is what `make docs` would write now."""
    assert (ROOT / "docs/configuration.md").read_text(encoding="utf-8") == page()


def test_every_variable_is_on_it() -> None:
    """Those of the code, and each `${NAME}` of a shipped config, outside its comments."""
    told = page()
    names = {each.name for each in VARIABLES}
    for path in (ROOT / "configs").glob("*.yaml"):
        if not path.name.endswith(".test.yaml"):
            lines = [
                line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
            ]
            names |= set(re.findall(r"\$\{([A-Z_]+)", "\n".join(lines)))
    assert "VAD_RMS" in names and [name for name in sorted(names) if f"| `{name}` |" not in told] == []


@pytest.mark.parametrize("kind", [Keys, Changes, ServerSettings, RecordSettings])
def test_every_key_is_on_it(kind: type[Keys]) -> None:
    """With its own sentence."""
    told = page()
    assert [field.name for field in spec.fields(kind) if f"`{field.name}` |" not in told or field.doc not in told] == []


def test_a_variable_is_told_with_its_default_and_its_setting(tmp_path: Path) -> None:
    """In steps, lists, groups and at the top level; with the unit that stands after it."""
    path = tmp_path / "my.yaml"
    path.write_text(
        'numbers: ["${NUMBER}"]\npipeline:\n  - pacer: {min_delay: "${DELAY:-220}ms"}\n'
        'server: {max_calls: "${MANY:-5}"}\n'
    )
    found = [(each.name, each.default, each.unit, each.setting) for each in variables(path)]
    assert found == [
        ("NUMBER", "", "", "numbers"),
        ("DELAY", "220", "ms", "pacer.min_delay"),
        ("MANY", "5", "", "server.max_calls"),
    ]
