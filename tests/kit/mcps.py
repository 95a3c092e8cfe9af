"""MCP servers for tests: programs on this machine, and the tools over a link to one."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from abilities.mcp import Mcp
from abilities.mcp.settings import McpSettings
from pipeline.tool import ToolSettings

SERVER = str(Path(__file__).with_name("mcp_server.py"))
READ = ToolSettings(effect=False)
ALLOW = {"find_contact": READ, "create_lead": ToolSettings(), "fail": READ, "show": READ}


def stdio(folder: Path, **changes: Any) -> McpSettings:
    """The settings of a server that is a program of ours."""
    given: dict[str, Any] = {"name": "crm", "allow": ALLOW, "command": [sys.executable, SERVER]}
    return McpSettings(**given | {"env": {"FOLDER": str(folder)}} | changes)


def http(port: int, **changes: Any) -> McpSettings:
    """The settings of a server on a port of this machine."""
    return McpSettings(**{"name": "crm", "allow": ALLOW, "url": f"http://127.0.0.1:{port}/mcp"} | changes)


@asynccontextmanager
async def served(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server on a port, which takes connections by then."""
    env = {**os.environ, "FOLDER": str(folder)}
    server = await asyncio.create_subprocess_exec(
        sys.executable, SERVER, str(port), env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: _listens(port))
        yield server
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


@asynccontextmanager
async def linked(settings: McpSettings) -> AsyncIterator[dict[str, Mcp]]:
    """The tools of a server, by name, over a link that is open."""
    async with Mcp.share(settings, "en-US") as link:
        made: dict[str, Any] = {tool.name: tool for tool in Mcp.offered(settings, link, "mcp")}
        await asyncio.sleep(0)
        yield made


async def until(true: Callable[[], bool], seconds: float = 8.0) -> float:
    """Wait until something is true, and return the seconds that it took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - it is another process that makes it so
            await asyncio.sleep(0.01)
    return loop.time() - begun


def users(folder: Path) -> list[str]:
    """The uses that servers have begun, in order."""
    file = folder / "used"
    return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []


def kill(folder: Path) -> None:
    """Kill the server that was used last."""
    os.kill(int((folder / "used").read_text().split()[-1]), signal.SIGKILL)


def _listens(port: int) -> bool:
    with socket.socket() as ours:
        return ours.connect_ex(("127.0.0.1", port)) == 0
