"""The figures that a server holds at a moment, from /proc and from its metrics."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import ClientSession

from benchmarks.processes import Server


async def reading(server: Server) -> dict[str, int]:
    """Return the figures of this moment; `rss` is in kB."""
    page = await metrics(server)
    return {
        "rss": server.rss,
        "files": server.files,
        "threads": server.threads,
        "tasks": total("kav_tasks", page),
        "active": total("kav_active_calls", page),
        "ended": total("kav_calls_total", page),
        "turns": total("kav_turns_total", page),
        "faults": total("kav_faults_total", page),
        "reopened": total("kav_asr_reopened_total", page),
        "unspoken": total("kav_tts_failed_total", page),
    }


async def metrics(server: Server) -> str:
    """Return the page of /metrics."""
    async with ClientSession() as http, http.get(f"{server.admin_url}/metrics") as answer:
        return await answer.text()


def total(name: str, page: str) -> int:
    """Return a metric of the page, all its labels together."""
    return round(sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", page, re.MULTILINE)))


def children(pid: int) -> int:
    """Return the number of a process's children."""
    return sum(len(each.read_text().split()) for each in Path(f"/proc/{pid}/task").glob("*/children"))


async def held(server: Server) -> dict[str, int]:
    """Return what is held at this moment."""
    return {**await reading(server), "children": children(server.pid)}
