"""`go` passes an agent that works, and says of each that does not what is wrong and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.faults import UsageError
from pipeline.server.app import running
from pipeline.server.options import Options
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.run import go, judge
from pipeline.tools.go.verdict import Verdict
from tests.kit.going import ANSWERS, FAST, test, troubles

TOKEN = "a" * 32


def test_an_agent_that_works_passes(agent: Callable[..., Config], lines: Any) -> None:
    """All four steps, with their figures, and nothing left unjudged where the agent runs here."""
    config = agent(["a", "b", "c"], ANSWERS, {**FAST, "greeting.text": "Good morning."})
    verdicts = test(config, lines=lines)
    assert [verdict.state for verdict in verdicts] == ["pass"] * 4, troubles(verdicts)
    assert verdicts[0].figures["sentences"] == 2 and verdicts[0].figures["answers"] == 1
    figures: list[Any] = [verdict.figures for verdict in verdicts]
    assert figures[1]["clear_ms"] > 0 and figures[2]["greeting_after_ms"] >= 800
    assert verdicts[3].figures["replies"] == 3


def test_what_cannot_be_heard_is_not_passed(agent: Callable[..., Config], lines: Any) -> None:
    """From outside, signed as Twilio signs: nobody knows its sentences, nor whether it is to greet."""
    config = agent(["a"], ANSWERS, FAST)
    verdicts = test(config, 1, 3, lines=lines, outside=True, token=TOKEN)
    assert [verdict.state for verdict in verdicts] == ["unjudged"] * 2, troubles(verdicts)


def test_a_deployment_that_wants_a_signature_says_so(agent: Callable[..., Config], lines: Any) -> None:
    """Without the token the call is refused, and the words say which variable has it."""

    async def main() -> list[Verdict]:
        async with running([agent()], Options(port=0, auth_token=TOKEN)) as server:
            return await judge(GoOptions(target=server.url, wavs=lines), None, server.url, None)

    (verdict,) = asyncio.run(main())
    assert verdict.state == "fail" and "TWILIO_AUTH_TOKEN" in verdict.troubles[0].do


def test_an_agent_elsewhere_has_its_own_config() -> None:
    """`--set` and `--stand-ins` would change nothing there."""
    with pytest.raises(UsageError, match="has its own"):
        asyncio.run(go(GoOptions(target="http://127.0.0.1:9", stand_ins=True)))
