"""The lead against a customer's server on loopback, after a real call to the config."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def leads(verb: str = "call", status: int = 200) -> tuple[list[Any], str]:
    """Return the leads that one call posts, and its log."""
    posted: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        posted.append(await request.json())
        return web.Response(status=status)

    async def main() -> str:
        app = web.Application()
        app.router.add_post("/leads", take)
        async with TestServer(app) as server:
            command = [sys.executable, "run.py", *verb.split(), str(HERE / "lead.yaml"), "--say", "hello"]
            environment = {"LEAD_URL": str(server.make_url("/leads")), "LEAD_KEY": "secret", "PYTHONUTF8": "1"}
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=environment, stderr=pipe, stdout=pipe
            )
            return (await process.communicate())[1].decode()

    return posted, asyncio.run(asyncio.wait_for(main(), 60))


def test_a_call_is_posted() -> None:
    """With the words of both sides; the key is nowhere in the log."""
    posted, log = leads()
    assert [line["text"] for line in posted[0]["conversation"]] == ["three rooms in Haifa", "Gladly."]
    assert posted[0]["cause"] == "stop" and len(posted) == 1
    assert "AFTER_CALL done" in log and "secret" not in log


def test_a_server_that_refuses_is_a_fault_of_the_step() -> None:
    """Told with its place in the config."""
    _, log = leads(status=500)
    assert "ProviderError: the address answered 500" in log and "lead.yaml:" in log


def test_a_rehearsal_posts_nothing() -> None:
    """The customer gets no lead from a try with stand-ins."""
    posted, log = leads("call --stand-ins")
    assert posted == [] and "AFTER_CALL not run" in log
