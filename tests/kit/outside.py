"""A server in a process of its own, with what it logs: for signals, and for the loss of processes."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.kit.peer import sid

ROOT = Path(__file__).parents[2]


class Outside:
    """The server, its workers, and what all of them have logged."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.url = self.admin_url = ""
        self.lines: list[str] = []
        self.new = asyncio.Event()
        self.reading = asyncio.create_task(self.read())

    async def read(self) -> None:
        """Keep its log."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode())
            self.new.set()
        self.lines.append("END")
        self.new.set()

    async def says(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until its log has this so often; gives back the last."""
        while len(found := [it for line in self.lines if (it := re.search(pattern, line))]) < times:
            assert "END" not in self.lines, self.lines
            self.new.clear()
            await self.new.wait()
        return found[-1]

    @property
    def workers(self) -> list[int]:
        """The numbers of its workers' processes, oldest first."""
        return children(self.process.pid)


def children(pid: int) -> list[int]:
    """The numbers of a process' own processes, oldest first."""
    return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(pid: int) -> int:
    """The resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@asynccontextmanager
async def launched(*command: str, stdin: int = DEVNULL, cwd: Path = ROOT) -> AsyncIterator[Outside]:
    """A server by this command of Python's, which may not be ready; no process of it is left behind."""
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=cwd, stdin=stdin, stderr=PIPE)
    server = Outside(process)
    try:
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await server.reading  # up to its end: every process that had the log open has gone


@asynccontextmanager
async def started(*command: str, stdin: int = DEVNULL) -> AsyncIterator[tuple[Outside, ClientSession]]:
    """A server by this command of Python's, and a client."""
    async with launched(*command, stdin=stdin) as server:
        server.url = (await server.says(r"READY (http\S+):? "))[1].rstrip(":")
        server.admin_url = (await server.says(r"ADMIN (http\S+):"))[1]
        async with ClientSession() as session:
            yield server, session


@asynccontextmanager
async def outside(
    folder: Path, drain: float = 60.0, *, workers: int = 1, calls: int = 50, silent: float = 30.0
) -> AsyncIterator[tuple[Outside, ClientSession]]:
    """The parrot, which keeps records in this folder, and a client."""
    asked = (str(it) for it in (folder, drain, workers, calls, silent))
    async with started("-m", "tests.kit.parrot", *asked) as (server, session):
        yield server, session


def cause(folder: Path, number: int = 1) -> str:
    """Why the recorded call with this number ended; empty as long as it has not, or its record is not yet written."""
    (events,) = folder.glob(f"*/{sid(number)}/events.jsonl")
    told = json.loads(([b'{"what":""}', *whole_lines(events)])[-1])
    return str(told.get("cause", "")) if told["what"] == "ended" else ""


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a file that another process may be writing: without the last one if it is not written to its end."""
    return path.read_bytes().split(b"\n")[:-1]


@asynccontextmanager
async def pooled(folder: Path, **changes: Any) -> AsyncIterator[tuple[Outside, ClientSession]]:
    """The parrot with two workers, and a client."""
    async with outside(folder, workers=2, **changes) as (server, session):
        yield server, session


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what no line of the log tells; the test's own time is the limit."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def worker_of(server: Outside, number: int) -> int:
    """Which worker has the call with this number: its line in the log says so."""
    return int((await server.says(rf"(\d+):\w+ WS_START .*call_sid={sid(number)}"))[1])
