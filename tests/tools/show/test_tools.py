"""`show` of a tool's word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.catalog import tool_words
from pipeline.tools.show.reference import show

ORDER = '''
from kav.tool import Tool

class Order(Tool):
    """Orders."""
'''


@pytest.mark.parametrize("word", tool_words())
def test_every_word_is_shown(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With its own settings, and those that all tools have; as JSON, too."""
    assert show(word) == 0
    assert "for `tools`; settings, its own first" in capsys.readouterr().out
    assert show(word, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)["tool"]
    assert told["word"] == word and {"about", "timeout"} <= {each["name"] for each in told["settings"]}


def test_a_word_may_be_a_step_and_a_tool(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are shown."""
    assert show("keys") == 0
    assert capsys.readouterr().out.count("keys: ") >= 2


def test_a_tool_of_ones_own_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the path of its file."""
    (tmp_path / "order.py").write_text(ORDER)
    assert show(str(tmp_path / "order.py")) == 0
    assert "Orders." in capsys.readouterr().out
