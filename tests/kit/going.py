"""Agents to be tried, and the verdicts on them."""

from __future__ import annotations

import asyncio
from typing import Any

from loguru import logger

from pipeline.config import Config
from pipeline.server.app import running
from pipeline.server.options import Options
from pipeline.tools.go.observed import AgentEvents
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.run import judge
from pipeline.tools.go.verdict import Verdict

FAST = {"tts.ms_per_letter": 25}
ANSWERS = [
    "Gladly, and with pleasure. How many rooms?",
    "Three rooms it is, then. In which city?",
    "I see. Anything else?",
]


def test(config: Config, *steps: int, lines: Any, outside: bool = False, **told: Any) -> list[Verdict]:
    """The verdicts on these steps; `outside` keeps what only the agent knows from the test."""

    inside = AgentEvents()

    async def main() -> list[Verdict]:
        here = Options(port=0, auth_token=told.get("token") or "")
        async with running([config], here, watch=inside.watch) as server:
            inside.settled = server.registry.idle
            known = None if outside else config
            options = GoOptions(target=server.url, wavs=lines, steps=steps, patience=5.0, **told)
            return await judge(options, known, server.url, None if outside else inside)

    sink = inside.listen()
    try:
        return asyncio.run(main())
    finally:
        logger.remove(sink)


test.__test__ = False  # type: ignore[attr-defined]


def troubles(verdicts: list[Verdict]) -> str:
    """Everything that is wrong, with what to do."""
    return "\n".join(f"{trouble.what}: {trouble.do}" for verdict in verdicts for trouble in verdict.troubles)
