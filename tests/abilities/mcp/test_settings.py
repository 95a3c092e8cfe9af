"""The settings of `mcp`."""

from __future__ import annotations

from typing import Any

import pytest

from abilities.mcp.settings import McpSettings
from pipeline.tool import ToolSettings

ONE = {"find": ToolSettings(effect=False)}


def test_an_allowed_tool_has_its_own_settings_and_those_of_the_whole() -> None:
    """Its own come first; its name is the server's, unless it has another."""
    settings = McpSettings(
        name="crm",
        url="https://mcp.example.com",
        timeout=3.0,
        most=2,
        allow={"find": ToolSettings(most=5), "b": ONE["find"]},
    )
    found = settings.of("find")
    assert (found.name, found.timeout, found.most, found.effect) == ("find", 3.0, 5, None)
    assert settings.of("b").effect is False and type(found) is ToolSettings


@pytest.mark.parametrize(
    ("given", "at", "text"),
    [
        ({}, "url", "two ways"),
        ({"url": "https://x.example", "command": ["x"]}, "url", "two ways"),
        ({"url": "ftp://x.example"}, "url", "has to be an address"),
        ({"url": "https://x.example:port"}, "url", "is no address"),
        ({"url": "https://me:pass@x.example"}, "url", "a password"),
        ({"command": ["x"], "allow": {}}, "allow", "names no tool"),
        ({"command": ["x"], "pin": "3f"}, "pin", "is no pin"),
        ({"command": ["x"], "about": "Finds."}, "about", "that of each tool"),
        ({"url": "https://x.example", "headers": {"a b": "c"}}, "headers.a b", "no header"),
        ({"url": "https://x.example", "headers": {"a": "c\nd"}}, "headers.a", "no header"),
    ],
)
def test_wrong_settings_are_told(given: dict[str, Any], at: str, text: str) -> None:
    """Each at its field."""
    told = list(McpSettings(**{"allow": ONE} | given).faults())
    assert any(place == at and text in fault for place, fault in told), told


def test_doubtful_settings_are_warned_of() -> None:
    """A line that is not encrypted, a server without a pin, and a key in the file."""
    told = dict(McpSettings(url="http://x.example", headers={"X-Key": "written-here"}, allow=ONE).doubts())
    assert list(told) == ["url", "pin", "headers.X-Key"]
    assert not dict(McpSettings(command=["x"], env={"A_KEY": ""}, allow={}).doubts()).get("pin")
    assert not dict(McpSettings(url="http://127.0.0.1:1", pin="0" * 16, allow=ONE).doubts())
