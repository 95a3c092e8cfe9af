"""Servers of one config that follow each other on one port, each in a process of its own."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.kit.outside import Outside, launched
from tests.kit.reloading import CONFIG, ECHO, put


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def written(folder: Path, name: str = "one") -> Path:
    """The config of an agent that says what it hears; a greeting by Twilio gives its streams a minute to open."""
    put(folder / "echo.py", ECHO)
    (folder / "hello.wav").write_bytes(b"RIFF")
    text = CONFIG.format(name=name, numbers="", number=0, folder=folder / "calls")
    put(folder / f"{name}.yaml", text + "server: {twiml_play_greeting: true, greeting_file: hello.wav}\n")
    return folder / f"{name}.yaml"


@asynccontextmanager
async def release(path: Path, port: int, *more: str) -> AsyncIterator[Outside]:
    """A server of the config on this port, on its way up."""
    async with launched("run.py", "serve", str(path), "--port", str(port), "--admin", "off", *more) as server:
        server.url = f"http://127.0.0.1:{port}"
        yield server
