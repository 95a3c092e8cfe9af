"""TwiML that no call can be made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from pipeline.phone.phone import place_call
from pipeline.phone.script import Wait
from tests.kit.alone import run
from tests.kit.answering import Agent


def xml(text: str, **how: Any) -> Any:
    return web.Response(text=text, content_type="text/xml", **how)


def stream(url: str) -> str:
    return f'<Response><Connect><Stream url="{url}"/></Connect></Response>'


BAD_TWIML: dict[str, Callable[[], Any]] = {
    "403 Forbidden": lambda: web.Response(status=403),
    "500 Internal Server Error": lambda: web.Response(status=500, text="Traceback"),
    "Twilio 12300: the webhook answered with text/plain": lambda: web.Response(text="hello"),
    "Twilio 12100: the TwiML is not XML": lambda: xml("<Response>"),
    "Twilio 12100: the TwiML is a <html>": lambda: xml("<html/>"),
    "larger than 64 kB": lambda: xml("<Response>" + " " * 70_000 + "</Response>"),
    "opens no stream: its verbs are Say, Hangup": lambda: xml("<Response><Say>Hi</Say><Hangup/></Response>"),
    "rejects the call: busy": lambda: xml('<Response><Reject reason="busy"/></Response>'),
    "Twilio 31922": lambda: xml(stream("ws://example.org/media")),
    "Twilio 31920: a stream's URL must not have a query": lambda: xml(stream("wss://example.org/media?token=1")),
    "is not under 500 characters": lambda: xml(
        stream("wss://example.org/media").replace("/></C", f'><Parameter name="a" value="{"b" * 499}"/></Stream></C')
    ),
}


@pytest.mark.parametrize("words", BAD_TWIML)
def test_a_webhook_that_answers_badly_is_one_clear_sentence(words: str) -> None:
    """The call fails, and says why."""

    async def main() -> None:
        async with Agent(twiml=BAD_TWIML[words]()).serve() as agent:
            result = await place_call(f"http://{agent.url}", [Wait(1)])
        assert not result.ok and words in result.error and result.tx == 0
        assert result.ended_by == ("rejected" if "busy" in words else "error")

    run(main())
