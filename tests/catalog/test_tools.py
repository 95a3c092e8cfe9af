"""A word of `tools`, and the class that it names."""

from __future__ import annotations

from pathlib import Path

from abilities.script import Script
from pipeline.catalog.plugins import Plugins
from pipeline.catalog.tools import ToolItem, find_tool, tool_words

SHOP = '''
from typing import Any
from pipeline.tool import Result, Tool, ToolSettings, View

class Order(Tool):
    """Orders."""
    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        return Result(1)
'''


def test_a_word_is_a_module_of_abilities() -> None:
    """Found as those of steps are."""
    assert "script" in tool_words()
    assert find_tool("script") is Script


def test_a_plug_in_may_be_a_tool(tmp_path: Path) -> None:
    """Of a file, whose word is its path."""
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    kind = find_tool("shop", Plugins(files={"shop": path}))
    [tool] = ToolItem(word="shop", kind=kind, settings=kind.Settings(about="x")).tools()
    assert (kind.__name__, tool.name, tool.about) == ("Order", "shop", "x")
