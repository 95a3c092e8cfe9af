"""The contract of a plug-in's class, of a tool as of a processor (tests/catalog/test_plugins.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.catalog.plugins import Plugins
from pipeline.catalog.tools import find_tool
from pipeline.faults import WordError

SHOP = '''
from typing import Any
from pipeline.tool import Result, Tool, ToolSettings, View

class Order(Tool):
    """Orders."""
    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        return Result(1)
'''


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("class Order(Tool)", "class Order", "`shop` is a module with no tool in it"),
        ("    async def use", "    def use", "`use` has to be `async def`"),
        ("arguments: dict[str, Any], call: View", "arguments: dict[str, Any]", "`use` has to take"),
        ('"""Orders."""', "Settings = dict", "`Settings` has to be a class that derives from ToolSettings"),
    ],
)
def test_a_plug_in_that_breaks_the_contract_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """With the rule that it breaks."""
    path = tmp_path / "shop.py"
    path.write_text(SHOP.replace(old, new))
    with pytest.raises(WordError, match=said):
        find_tool("shop", Plugins(files={"shop": path}))
