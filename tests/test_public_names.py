"""The names that `pipeline` itself offers."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", pipeline.__all__)
def test_each_name_is_that_of_its_module(name: str) -> None:
    """A lazy name is the very object that its module defines, and its module is one of the documented ones."""
    home = pipeline._HOMES.get(name)
    assert home is None or getattr(importlib.import_module(f"pipeline.{home}"), name) is getattr(pipeline, name)


def test_another_name_is_an_attribute_error() -> None:
    """As for any module."""
    with pytest.raises(AttributeError, match="has no attribute 'Manger'"):
        pipeline.Manger  # noqa: B018


def test_importing_it_imports_nothing_else() -> None:
    """`import pipeline` loads no module below it: a tool that asks for the version alone waits for nothing."""
    code = "import sys, pipeline; print([it for it in sys.modules if it.startswith(('pipeline.', 'msgspec'))])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_version_is_that_of_the_change_log() -> None:
    """The newest section of CHANGELOG.md is the version that the code says it is."""
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None and newest[1] == pipeline.__version__


def test_type_checkers_may_read_it() -> None:
    """PEP 561: a package says with a file that its annotations are meant for others; a wheel has it as kav/py.typed."""
    assert (ROOT / "pipeline/py.typed").is_file()
