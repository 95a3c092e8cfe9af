"""The session with a server, without one: results and errors of the package, as the rest of the tool sees them."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolResult,
    ImageContent,
    ListToolsResult,
    TextContent,
    Tool,
)

from abilities.mcp.client import PAGES, Answered, Lost, Session, texts
from tests.kit.alone import alone


class Peer:
    """A client whose server raises an error, or has a list of tools without end."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, 0

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> Any:
        raise self.error

    async def list_tools(self, cursor: str | None) -> ListToolsResult:
        self.asked += 1
        tool = Tool(name=f"t{self.asked}", input_schema={"type": "object"})
        return ListToolsResult(tools=[tool], next_cursor="more")


@pytest.mark.parametrize(
    ("error", "kind", "refused"),
    [
        (MCPError(CONNECTION_CLOSED, "Connection closed"), Lost, None),
        (MCPError(-32600, "Session terminated"), Lost, None),
        (MCPError(INVALID_PARAMS, "no such"), Answered, True),
        (MCPError(INTERNAL_ERROR, "oh"), Answered, False),
        (RuntimeError("Invalid structured content"), Answered, False),
    ],
)
@alone
async def test_an_error_says_whether_anything_can_have_been_done(
    error: Exception, kind: type[Exception], refused: bool | None
) -> None:
    """Lost sessions are told from answers, and refusals from failures."""
    peer: Any = Peer(error)
    with pytest.raises(kind) as raised:
        await Session(peer).use("find", {})
    assert getattr(raised.value, "refused", None) is refused


@alone
async def test_a_list_without_end_is_bounded() -> None:
    """Its first pages are read; a tool without words has none."""
    peer: Any = Peer()
    found = await Session(peer).listed()
    assert len(found) == PAGES == peer.asked and (found[0].name, found[0].words) == ("t1", "")


def test_texts_of_a_result_are_its_lines() -> None:
    """Pictures are left out."""
    picture = ImageContent(type="image", data="AA==", mime_type="image/png")
    assert texts(CallToolResult(content=[TextContent(type="text", text="a"), picture])) == "a"
