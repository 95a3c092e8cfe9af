"""The webhooks that a dialled phone asks."""

from __future__ import annotations

from typing import Any

from twilio.request_validator import RequestValidator

from pipeline.phone.phone import place_call
from pipeline.phone.script import Wait
from tests.kit.alone import run
from tests.kit.answering import ACTION, MEDIA, STATUS, WEBHOOK, Agent, when

TOKEN = "0123456789abcdef"


def test_the_webhook_is_asked_signed_and_obeyed() -> None:
    """Public URLs are signed, the loopback address is dialled, parameters come along, and `action` follows."""
    twiml = (
        f'<Response><Say>Hello</Say><Connect action="{ACTION}"><Stream url="wss://example.org{MEDIA}" '
        f'statusCallback="https://example.org{STATUS}"><Parameter name="call_sid" value="CA1"/></Stream></Connect>'
        "<Hangup/></Response>"
    )

    async def main() -> None:
        async with Agent(when("media", 3, lambda ws, messages: ws.close()), twiml).serve() as agent:
            url = "https://example.org"
            result = await place_call(url, [Wait(5)], token=TOKEN, connect_to=agent.url, caller="+9721", called="+9722")
        asked: dict[str, Any] = {}
        validator = RequestValidator(TOKEN)
        for request, form in agent.requests:
            public = ("wss" if request.path == MEDIA else "https") + "://example.org" + request.path
            assert validator.validate(public, form or {}, request.headers["X-Twilio-Signature"])
            asked.setdefault(request.path, []).append(form)
        form = asked[WEBHOOK][0]
        assert form["CallSid"] == result.call_sid and form["AccountSid"].startswith("AC")
        assert (form["From"], form["To"], form["CallStatus"]) == ("+9721", "+9722", "ringing")
        assert agent.of("start")[0]["start"]["customParameters"] == {"call_sid": "CA1"}
        assert {each["StreamEvent"] for each in asked[STATUS]} == {"stream-started", "stream-stopped"}
        assert asked[ACTION][0]["CallStatus"] == "in-progress"
        assert result.verbs == ("Say", "Connect", "Hangup", "Hangup")
        assert result.ok and result.ended_by == "agent" and result.close_code == 1000

    run(main())
