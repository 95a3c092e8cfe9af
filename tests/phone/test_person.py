"""A caller who is transferred: the person is rung, briefed, and takes the call or not; then the call goes on."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import OUTCOMES, Transfer, Wait
from pipeline.vocabulary import HandoverOutcome
from tests.kit.alone import run
from tests.kit.answering import ACTION, MEDIA, WEBHOOK, Agent, when

CONNECT = f'<Response><Connect action="{ACTION}"><Stream url="{MEDIA}"/></Connect></Response>'
HANGUP = "<Response><Hangup/></Response>"
BRIEF = (
    '<Response><Gather numDigits="1" timeout="8" action="/key"><Play>/sound</Play><Say>Press 1.</Say></Gather>'
    "<Hangup/></Response>"
)
DIAL = (
    '<Response><Dial action="/returned" timeout="20" callerId="+9722">'
    '<Number url="/brief">+97231112222</Number></Dial></Response>'
)


def transferred(outcome: HandoverOutcome, dial: str = DIAL, brief: str = BRIEF) -> tuple[CallResult, list[Any]]:
    """The result of a call that its agent transfers at the third frame, and the forms that Twilio posted."""
    script = [Transfer(outcome=outcome, after=0.0), Wait(0.1)]

    async def main() -> tuple[CallResult, list[Any]]:
        agent = Agent(when("media", 3, lambda ws, messages: ws.close()), CONNECT)
        agent.pages = {
            ACTION: dial,
            "/brief": brief,
            "/key": "<Response/>",
            **dict.fromkeys(("/returned", "/over"), HANGUP),
        }
        if outcome not in (HandoverOutcome.ANSWERED, HandoverOutcome.CANCELED):
            agent.pages["/returned"] = CONNECT.replace(ACTION, "/over")
        async with agent.serve():
            result = await place_call(f"http://{agent.url}{WEBHOOK}", script)
        return result, [(request.path, form) for request, form in agent.requests if request.method == "POST"]

    return run(main())


@pytest.mark.parametrize(
    "outcome, status, bridged",
    [
        ("answered", "completed", "true"),
        ("busy", "busy", "false"),
        ("no-answer", "no-answer", "false"),
        ("declined", "completed", "false"),
        ("failed", "failed", "false"),
        ("canceled", "canceled", "false"),
    ],
)
def test_each_outcome_of_a_ring_is_told_and_obeyed(outcome: str, status: str, bridged: str) -> None:
    """The action hears of it as Twilio tells it, and the stream that it answers with is one more of this call."""
    result, asked = transferred(OUTCOMES[outcome])
    assert result.error is None
    told = next(form for path, form in asked if path == "/returned")
    assert (told["DialCallStatus"], told["DialBridged"], told["CallSid"]) == (status, bridged, result.call_sid)
    returns = outcome not in ("answered", "canceled")
    assert result.streams == 1 + returns and (result.tx > 6) == returns
    assert len(result.caller_track) >= 2 * 160 * result.tx


def test_the_person_hears_the_briefing_and_presses_a_key() -> None:
    """Theirs is a leg of its own, from the number that the TwiML names."""
    result, asked = transferred(HandoverOutcome.ANSWERED)
    brief, key = (form for path, form in asked if path in ("/brief", "/key"))
    assert brief["ParentCallSid"] == result.call_sid != brief["CallSid"] == key["CallSid"]
    assert (brief["From"], brief["To"], key["Digits"]) == ("+9722", "+97231112222", "1")
    assert "Digits" not in brief and result.verbs == ("Connect", "Dial", "Hangup")


def test_a_person_who_is_not_briefed_is_connected_at_once() -> None:
    """Without a `url`, an answered call is a bridged one; they can decline it as busy."""
    blind = DIAL.replace(' url="/brief"', "")
    for outcome, bridged in ((HandoverOutcome.ANSWERED, "true"), (HandoverOutcome.DECLINED, "false")):
        told = next(form for path, form in transferred(outcome, blind)[1] if path == "/returned")
        assert (told["DialBridged"], told["DialCallStatus"]) == (bridged, "completed" if bridged == "true" else "busy")


@pytest.mark.parametrize(
    "dial, brief, why",
    [
        (DIAL.replace("+97231112222", "sales"), BRIEF, "Twilio 13214: <Dial> has no number"),
        (DIAL, BRIEF.replace("/sound", "/page"), "Twilio 12300"),
        (DIAL, '<Response><Play digits="12x"/></Response>', "Twilio 12200"),
        (HANGUP, BRIEF, "did not transfer the call"),
    ],
)
def test_twiml_that_transfers_nobody_is_an_error(dial: str, brief: str, why: str) -> None:
    """A number that is a name, a briefing without its sound, keys that no telephone has, a hang-up instead."""
    assert why in (transferred(HandoverOutcome.ANSWERED, dial, brief)[0].error or "")
