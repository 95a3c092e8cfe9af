"""A call is analysed once by the config's model, and told: done, skipped or failed, never nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.after.case import folders
from pipeline.after.delivery import Delivery
from pipeline.arguments import Argument
from pipeline.config import Config
from pipeline.config.after_settings import Summary, Unless
from pipeline.settings import Secret
from pipeline.standins.openai import OpenAi
from pipeline.standins.openai.script import Fault, Script
from processors.llm.openai.settings import OpenAiSettings
from tests.kit.outboxes import SAID, config, ended, put
from tests.kit.peer import sid
from tests.kit.receiver import Inbox, receiver

ANSWER = {"summary": "Dana wants three rooms.", "fields": {"name": {"value": "Dana", "turns": [2]}}}
WANTED = {"model": "llm.openai", "summary": Summary(words=20), "extract": {"name": Argument(about="their name")}}


async def worked(inbox: Inbox, outbox: Path, server: OpenAi, times: int = 1, **wanted: Any) -> None:
    """Work so many times on the calls of an outbox whose model is the stand-in."""
    model = OpenAiSettings(model="m", base_url=server.url, key=Secret("k"), warm_up=False)
    served: Config = config(inbox.after(**{**WANTED, **wanted}), outbox, model)
    delivery = Delivery(asyncio.get_running_loop(), lambda: (served,), hurries=True)
    for path in [each for _ in range(times) for each in folders(outbox)]:
        await delivery.attempt(path)
    await delivery.close()


def script(*replies: str, **changes: Any) -> Script:
    """Return a script of the stand-in that answers at once."""
    return Script(replies=replies or (json.dumps(ANSWER),), first_token=0.0, tokens_per_second=1e6, **changes)


def analysed(inbox: Inbox, number: int = 1) -> Any:
    """Return the data of a call's `call.analysed`."""
    return inbox.events[f"evt_{sid(number)}_call.analysed"]["data"]


async def test_both_events_are_told(tmp_path: Path) -> None:
    """The end at once, the analysis after it, with the facts that tools collected beside what the model found."""
    put(tmp_path, end=ended(facts={"listing": "L7"}))
    async with receiver() as inbox, OpenAi(script()) as server:
        await worked(inbox, tmp_path, server)
        assert server.requests[0].body["response_format"] == {"type": "json_object"}
    assert inbox.ids == [f"evt_{sid()}_call.ended", f"evt_{sid()}_call.analysed"]
    data = analysed(inbox)
    assert data["status"] == "done" and data["summary"] == "Dana wants three rooms."
    assert data["extract"] == {"name": {"value": "Dana", "turns": [2]}} and data["facts"] == {"listing": "L7"}


async def test_a_server_that_knows_no_response_format(tmp_path: Path) -> None:
    """It is asked without."""
    put(tmp_path)
    async with receiver() as inbox, OpenAi(script(faults=(Fault(status=400),))) as server:
        await worked(inbox, tmp_path, server)
        assert "response_format" not in server.requests[1].body
    assert analysed(inbox)["status"] == "done"


@pytest.mark.fault("M4")
async def test_a_model_that_fails_three_times(tmp_path: Path) -> None:
    """The end is told meanwhile, and `failed` with why at last; no fourth question is asked."""
    put(tmp_path)
    async with receiver() as inbox, OpenAi(script("no JSON")) as server:
        await worked(inbox, tmp_path, server, times=2)
        assert inbox.ids == [f"evt_{sid()}_call.ended"]
        await worked(inbox, tmp_path, server, times=2)
        assert len(server.requests) == 3
    data = analysed(inbox)
    assert data["status"] == "failed" and "no JSON object" in data["why"]
    assert data["extract"]["name"]["value"] is None and data["extract"]["name"]["why"] == data["why"]


async def test_a_model_that_comes_back(tmp_path: Path) -> None:
    """The second try counts."""
    put(tmp_path)
    async with receiver() as inbox, OpenAi(script(faults=(Fault(status=503),))) as server:
        await worked(inbox, tmp_path, server, times=2)
    assert analysed(inbox)["status"] == "done"


async def test_a_call_in_which_nobody_spoke(tmp_path: Path) -> None:
    """No model is asked, and that is told."""
    put(tmp_path, 1, ended(1, said=SAID[:1]))
    put(tmp_path, 2, ended(2))
    async with receiver() as inbox, OpenAi(script()) as server:
        await worked(inbox, tmp_path, server, unless=Unless(turns=1))
        assert len(server.requests) == 1
    assert analysed(inbox, 1)["status"] == "skipped" and analysed(inbox, 2)["status"] == "done"


async def test_a_receiver_that_is_told_later_costs_no_second_question(tmp_path: Path) -> None:
    """The analysis is kept with the call."""
    put(tmp_path)
    async with receiver() as inbox, OpenAi(script()) as server:
        inbox.answers = [200, 503]
        await worked(inbox, tmp_path, server)
        await worked(inbox, tmp_path, server)
        assert len(server.requests) == 1
    assert analysed(inbox)["status"] == "done"
