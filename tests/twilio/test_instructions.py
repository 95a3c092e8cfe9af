"""The verbs that a call obeys, read from TwiML that we wrote ourselves."""

from __future__ import annotations

import pytest

from pipeline.twilio import verbs
from pipeline.twilio.instructions import CallError, Dial, Gather, Hangup, Other, Play, Say
from pipeline.twilio.twiml import Twiml, parse

URL = "https://agent.example/webhook/call_ended"


def read(text: str) -> Twiml:
    """A document that was served at URL."""
    return parse(text.encode(), "text/xml", URL)


def test_a_person_is_rung_as_the_verb_says() -> None:
    """With its number, its caller id, the seconds, and the addresses before and after."""
    brief = "https://agent.example/brief/t"
    dial = verbs.dial("+97231112222", action="/returned/t", timeout=20, caller_id="+9721", brief=brief)
    back = "https://agent.example/returned/t"
    assert read(verbs.response(dial)).instructions == (Dial("+97231112222", brief, back, 20.0, "+9721"),)
    bare = read(verbs.response(verbs.dial("+97231112222", action="", timeout=5)))
    assert bare.instructions == (Dial("+97231112222", timeout=5.0),)
    assert read("<Response><Dial>+97231112222</Dial></Response>").instructions == (Dial("+97231112222"),)


def test_a_briefing_is_gathered_at_its_own_address() -> None:
    """Its prompts are heard in order; a verb that changes nothing is kept by its name."""
    gather = verbs.gather(verbs.say("Press 1.", "en-US"), verbs.play("/a.wav"), keys=1, timeout=8)
    document = read(verbs.response(gather, verbs.hangup()))
    prompts = (Say("Press 1.", "en-US"), Play("https://agent.example/a.wav"))
    assert document.instructions == (Gather(URL, 1, 8.0, prompts), Hangup()) and not document.has_stream
    assert read("<Response><Pause/></Response>").instructions == (Other("Pause"),)
    assert read('<Response><Play digits="1w2#"/></Response>').instructions == (Play(digits="1w2#"),)


@pytest.mark.parametrize("text", ["<Dial>sales</Dial>", "<Dial/>", "<Dial><Number/></Dial>", '<Play digits="1,2"/>'])
def test_a_verb_that_twilio_could_not_obey_is_an_error(text: str) -> None:
    """With Twilio's number for it."""
    with pytest.raises(CallError, match="Twilio 1"):
        read(f"<Response>{text}</Response>")
