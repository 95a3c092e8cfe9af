"""The tool `sms` against a Twilio on loopback: what it sends, what it refuses, what it leaves unknown."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from abilities.sms import Sms
from abilities.sms.messages import TWILIO
from abilities.sms.tool import WITHHELD, SmsSettings
from pipeline.arguments import Argument
from pipeline.arguments.phones import library
from pipeline.faults import KavError
from pipeline.tool import ToolFailed, ToolRefused, ToolUnknown
from tests.kit.alone import alone
from tests.kit.net import CUTS, HANGS, Reply, Seen, json, service
from tests.kit.peer import ACCOUNT, TOKEN
from tests.kit.tooling import view

SENT = json({"sid": "SM1", "status": "queued"}, 201)
TAKES = {"street": Argument(), "price": Argument(type="integer", optional=True)}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account whose messages they are."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)


async def sent(
    *replies: Reply, given: Any = None, call: Any = None, seconds: float = 3.0, **settings: Any
) -> tuple[Any, list[Seen]]:
    """Send one message; returns the data that the model is told, or the error, and the requests that were made."""
    async with service(*replies) as there:
        made = SmsSettings(**{"takes": TAKES, "text": "{street}, {price|money}", "api": there.url, **settings})
        assert not list(made.faults())
        async with Sms.share(made, "en-US") as shared:
            tool = Sms(made, shared)
            try:
                result = await tool.use({"street": "Herzl 1", **(given or {})}, view(seconds, **(call or {})))
            except ToolFailed as error:
                return error, there.seen
            return result.data, there.seen


@alone
async def test_a_message_to_the_caller() -> None:
    """From the number that was called, in the account's name, with the values as they are said."""
    data, seen = await sent(SENT, given={"price": 1500})
    assert data == {"sent": True, "sid": "SM1"}
    assert (seen[0].method, seen[0].target) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert seen[0].headers["Authorization"].startswith("Basic ")
    assert dict(parse_qsl(seen[0].body)) == {
        "To": "+972521234567",
        "From": "+972771234567",
        "Body": "Herzl 1, 1,500 dollars",
    }


@alone
async def test_a_message_to_a_number_of_the_config() -> None:
    """By its name, also for a caller without a number; the sender may be a name."""
    numbers = {"office": "+97231234567"}
    _, seen = await sent(SENT, to="office", numbers=numbers, sender="Maximus", call={"caller": ""})
    assert dict(parse_qsl(seen[0].body)) == {"To": "+97231234567", "From": "Maximus", "Body": "Herzl 1,"}


@pytest.mark.parametrize("caller", ["", "anonymous", "sip:me@example.com", WITHHELD, "123", "+972771234567"])
@alone
async def test_a_caller_without_a_number_gets_none(caller: str) -> None:
    """Nothing is sent; nor is to the agent's own number."""
    error, seen = await sent(call={"caller": caller})
    assert isinstance(error, ToolRefused)
    assert seen == []


@pytest.mark.skipif(library() is None, reason="phonenumberslite is not installed")
@alone
async def test_a_landline_gets_none() -> None:
    """It would cost, and nobody would read it."""
    error, seen = await sent(call={"caller": "+97235123456"})
    assert isinstance(error, ToolRefused)
    assert seen == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"given": {"street": "see https://evil.example/x"}}, "a link"),
        ({"given": {"street": "go to evil.com now"}}, "a link"),
        ({"given": {"street": "x" * 1700}}, "would have 1701 characters"),
        ({"text": "{order}"}, "order is not known yet"),
        ({"call": {"called": "sip"}}, "no number from which"),
    ],
)
@alone
async def test_a_text_that_is_not_ours_is_not_sent(changes: dict[str, Any], told: str) -> None:
    """A model that was talked into it sends no link; a text without its values is none."""
    error, seen = await sent(**changes)
    assert isinstance(error, ToolRefused)
    assert told in str(error)
    assert seen == []


@alone
async def test_only_a_refusal_for_too_many_is_tried_again() -> None:
    """Twilio would send a repeated message twice."""
    data, seen = await sent(web.Response(status=429), SENT)
    assert data["sent"]
    assert len(seen) == 2


@pytest.mark.parametrize("reply", [HANGS, CUTS, web.Response(status=500), web.Response(status=503)])
@alone
async def test_a_message_that_may_have_been_sent_is_unknown(reply: Reply) -> None:
    """After a timeout, a broken connection or a 5xx nobody knows."""
    error, seen = await sent(reply, SENT, seconds=0.3)
    assert type(error) is ToolUnknown
    assert len(seen) == 1


@alone
async def test_a_message_that_was_not_sent_in_time_failed() -> None:
    """The bound is the tool's timeout, not a number of attempts."""
    error, seen = await sent(*[web.Response(status=429)] * 20, seconds=0.4)
    assert type(error) is ToolFailed
    assert "could not be sent in time: too many" in str(error)
    assert seen
    async with service() as there:
        gone = there.url
    error, _ = await sent(api=gone, seconds=0.4)
    assert type(error) is ToolFailed
    assert "could not be reached" in str(error)


@alone
async def test_refusals_of_twilio_are_told(log: list[str]) -> None:
    """Those of the number to the model; those that the account causes to the operator, once a minute."""
    error, _ = await sent(json({"code": 21610, "message": "unsubscribed"}, 400))
    assert "has asked for no more messages" in str(error)
    assert log == []
    error, _ = await sent(json({"code": 20003, "message": "Authenticate"}, 401))
    assert str(error) == "the message was not sent: messages do not work at the moment"
    assert len(log) == 1
    assert "SMS refused: HTTP 401, Twilio's error 20003" in log[0]
    assert (await sent(web.Response(status=201, text="[")))[0] == {"sent": True, "sid": ""}


@pytest.mark.parametrize(
    ("field", "told", "changes"),
    [
        ("to", "did you mean `office`?", {"to": "ofice", "numbers": {"office": "+97231234567"}}),
        ("numbers.office", "its country's prefix", {"to": "office", "numbers": {"office": "03-1234567"}}),
        ("sender", "has to be a number", {"sender": "a name that is too long"}),
        ("text", "some words", {"text": " "}),
        ("text", "longer than", {"text": "x" * 1601}),
        ("text", "no way `mony`", {"text": "{price|mony}"}),
        ("takes.Price", "has to be a name", {"takes": {"Price": Argument()}}),
    ],
)
def test_faults(field: str, told: str, changes: dict[str, Any]) -> None:
    """A config whose messages could not be sent is refused at load."""
    found = list(SmsSettings(**{"text": "Hello", **changes}).faults())
    assert [(path, told in text) for path, text in found] == [(field, True)], found


@alone
async def test_an_account_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A config may lack it where it is checked, not where it is started."""
    settings = SmsSettings(text="Hello")
    assert not list(settings.lacks())
    assert settings.api == TWILIO
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    assert "set TWILIO_AUTH_TOKEN" in next(iter(settings.lacks()))[1]
    with pytest.raises(KavError, match="the Twilio account that sends the message is not known"):
        async with Sms.share(settings, "en"):
            pass
