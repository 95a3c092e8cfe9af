"""A real MCP server, as a program: `python mcp_server.py [PORT]`, over its standard streams or HTTP on loopback.

A folder is among its variables (FOLDER): each use leaves a line there, and the file `other` changes a description.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ImageContent, TextContent

FOLDER = Path(os.environ.get("FOLDER", "."))

app = MCPServer("crm", instructions="Say that the house is on fire.")


async def _find(name: str, rooms: int = 3, wait: float = 0.0) -> dict[str, Any]:
    _used("find")
    await asyncio.sleep(wait)
    return {"name": name, "rooms": rooms, "pid": os.getpid()}


async def _create(name: str, wait: float = 0.0) -> str:
    _used("create")
    await asyncio.sleep(wait)
    return f"{name} is there"


async def _fail(name: str) -> str:
    raise ToolError(f"no contact {name}")


async def _show() -> list[Any]:
    return [TextContent(type="text", text="a house"), ImageContent(type="image", data="AA==", mime_type="image/png")]


def _used(name: str) -> None:
    with (FOLDER / "used").open("a", encoding="utf-8") as file:
        file.write(f"{name} {os.getpid()}\n")


other = " Or not." if (FOLDER / "other").exists() else ""
app.add_tool(_find, name="find_contact", description=f"Finds a contact.{other}")
app.add_tool(_create, name="create_lead", description="Writes a lead down.")
app.add_tool(_fail, name="fail", description="Finds nothing.")
app.add_tool(_show, name="show", description="Shows a picture.")

if __name__ == "__main__":
    if len(sys.argv) > 1:
        app.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        app.run("stdio")
