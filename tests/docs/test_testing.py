"""docs/testing.md says what is so."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.tools.configtest.expecting import TIMES, WORDS
from pipeline.tools.configtest.figures import FIGURES
from pipeline.tools.configtest.options import ConfigTestOptions
from pipeline.tools.configtest.reading import FILE, TEST
from pipeline.tools.configtest.sending import DOING, WHEN
from pipeline.tools.configtest.session import run_tests
from tests.kit.pages import ROOT, blocks, read

PAGE = read("docs/testing.md")


def test_its_example_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the demo's config, as it stands there."""
    (text,) = blocks(PAGE, "yaml")
    folder = shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (folder / "demo.test.yaml").write_text(text, encoding="utf-8")
    assert run_tests(ConfigTestOptions(paths=(str(folder / "demo.test.yaml"),))) == 0, capsys.readouterr().out


@pytest.mark.parametrize("key", sorted({*FILE, *TEST, *DOING, *WHEN, *WORDS, *TIMES, *FIGURES, "by", "count"}))
def test_it_has_every_key(key: Any) -> None:
    """With its name in code."""
    assert re.search(rf"`(\{{)?{key}\b|^\s*(- )?(\{{)?{key}:", PAGE, re.MULTILINE), key
