"""Twilio's Messages API: answers of any form."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from abilities.sms.messages import Messages
from pipeline.log.throttle import Throttle
from pipeline.net import opened
from pipeline.tool import ToolFailed
from tests.kit.alone import alone
from tests.kit.net import Reply, json, service
from tests.kit.peer import ACCOUNT, TOKEN


async def sent(reply: Reply) -> str:
    """Send a message to a Twilio that gives this reply; returns its sid."""
    loop = asyncio.get_running_loop()
    throttle = Throttle(loop)
    try:
        async with service(reply) as there, opened() as net:
            messages = Messages(net, throttle, ACCOUNT, TOKEN, there.url)
            return await messages.send("+972521234567", "+972771234567", "Hello", loop.time() + 2)
    finally:
        throttle.close()


@pytest.mark.parametrize("reply", [json({"sid": "SM1"}, 201), json({"sid": "SM1"})])
@alone
async def test_a_message_has_a_sid(reply: Reply) -> None:
    """By which it can be found at Twilio."""
    assert await sent(reply) == "SM1"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (json({"code": 21614}, 400), "no mobile number"),
        (json({"code": 21408}, 400), "this country"),
        (json({"code": "?"}, 400), "do not work"),
        (json([1], 404), "do not work"),
        (web.Response(status=403, body=b"\xff"), "do not work"),
    ],
)
@alone
async def test_a_refusal_is_told(reply: Reply, told: str) -> None:
    """Whatever its body is; Twilio's own words are for the operator."""
    with pytest.raises(ToolFailed, match=told):
        await sent(reply)
