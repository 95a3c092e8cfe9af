"""The tool `http` against a service on loopback: what it sends, what the model is told, what is tried again."""

from __future__ import annotations

import json as js
from typing import Any

import pytest
from aiohttp import web

from abilities.http import Http
from abilities.http.settings import HttpSettings
from pipeline.arguments import Argument
from pipeline.net import opened
from pipeline.providers.probe import Unserved
from pipeline.tool import ToolFailed, ToolRefused, ToolUnknown
from tests.kit.alone import alone
from tests.kit.net import CUTS, HANGS, Reply, Seen, json, service
from tests.kit.tooling import view

TAKES = {"city": Argument(), "rooms": Argument(type="number", optional=True)}


async def used(
    *replies: Reply, method: str = "get", path: str = "/x", seconds: float = 5.0, given: Any = None, **settings: Any
) -> tuple[Any, list[Seen]]:
    """Use a tool once; returns the data that the model is told, or the error, and the requests that were made."""
    async with service(*replies) as there, opened() as net:
        made = HttpSettings(**{"takes": TAKES, "internal": True, method: there.url + path, **settings})
        assert not list(made.faults())
        tool = Http(made, net)
        try:
            result = await tool.use({"city": "Haifa", **(given or {})}, view(seconds, facts={"id": 7}))
        except ToolFailed as error:
            return error, there.seen
        return result.data, there.seen


@alone
async def test_a_request_is_filled_with_what_is_known() -> None:
    """Arguments, facts and the call; values are encoded and keep their types, missing ones are left out."""
    data, seen = await used(
        json({"ok": True}),
        method="post",
        path="/c/{city}/{id}?from={call.caller}",
        query={"n": "{rooms}", "id": "{id}", "tags": ["a", "{city}"]},
        json={"rooms": "{rooms}", "id": "{id}", "text": "{city} {id}", "floor": 2},
        headers={"X-Caller": "{call.caller}"},
        given={"city": "תל/א?&"},
    )
    assert data == {"ok": True}
    assert seen[0].target == (
        "/c/%D7%AA%D7%9C%2F%D7%90%3F%26/7?from=%2B972521234567&id=7&tags=a&tags=%D7%AA%D7%9C%2F%D7%90%3F%26"
    )
    assert js.loads(seen[0].body) == {"id": 7, "text": "תל/א?& 7", "floor": 2}
    assert seen[0].headers["X-Caller"] == "+972521234567"
    assert seen[0].headers["Idempotency-Key"] == "the-key"
    assert seen[0].headers["Content-Type"] == "application/json"


@alone
async def test_a_read_has_no_key_and_no_body() -> None:
    """Nothing says that it would change something."""
    _, seen = await used(json([]))
    assert seen[0].body == ""
    assert "Idempotency-Key" not in seen[0].headers


@alone
async def test_the_model_is_told_the_fields_that_it_needs() -> None:
    """Of a list under a name the first ones."""
    flats = [{"street": f"S{n}", "price": n, "owner": {"phone": "secret", "name": "D"}} for n in range(5)]
    data, _ = await used(json({"data": {"items": flats}}), under="data.items", gives=["price", "owner.name"], first=2)
    assert data == [{"price": 0, "owner.name": "D"}, {"price": 1, "owner.name": "D"}]
    error, _ = await used(json({}), under="data.items")
    assert str(error) == "the service's answer has no `data.items`"


@pytest.mark.parametrize("value", ["..", ".", "\n.."])
@alone
async def test_a_value_cannot_leave_its_place_in_the_path(value: str) -> None:
    """A path of dots would name another resource."""
    error, seen = await used(path="/c/{city}", given={"city": value.strip()})
    assert isinstance(error, ToolRefused)
    assert seen == []


@alone
async def test_a_value_that_is_not_known_is_asked_for() -> None:
    """A fact that a path needs and that nobody has collected: nothing is sent."""
    error, seen = await used(path="/c/{order}")
    assert isinstance(error, ToolRefused)
    assert "order is not known yet" in str(error)
    assert seen == []


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (json({"error": "no such city"}, 404), ToolRefused, 'HTTP 404: {"error":"no such city"}'),
        (web.Response(status=401, text="who?"), ToolFailed, "HTTP 401: who?"),
        (web.Response(status=500, text="<!DOCTYPE html>", content_type="text/html"), ToolFailed, "HTTP 500"),
        (web.Response(status=302, headers={"Location": "/x"}), ToolFailed, "leads to another address"),
        (web.Response(body=bytes(300_000)), ToolFailed, "longer than 256 kB"),
        (web.Response(text='{"a": NaN}', content_type="application/json"), ToolFailed, "cannot be read"),
        (web.Response(text="[" * 5000, content_type="application/json"), ToolFailed, "cannot be read"),
        (web.Response(body=bytes(range(256)) * 4), ToolFailed, "no text"),
        (web.Response(text="<html>", content_type="text/html"), ToolFailed, "a web page"),
        (HANGS, ToolFailed, "did not answer within"),
        (CUTS, ToolFailed, "broke off"),
    ],
)
@alone
async def test_a_read_that_fails_is_told(reply: Reply, kind: type[ToolFailed], told: str) -> None:
    """In a sentence with the status, and the service's own words if it has some."""
    replies = (reply, reply) if reply is CUTS else (reply,)
    error, _ = await used(*replies, seconds=0.2)
    assert type(error) is kind
    assert told in str(error)


@pytest.mark.parametrize(
    ("reply", "data"),
    [
        (web.Response(status=204), {"status": 204}),
        (web.Response(text="two flats"), "two flats"),
        (web.Response(text='{"n": 1}'), {"n": 1}),
        (web.Response(text="{hello}"), "{hello}"),
        (web.Response(body="שלום".encode("cp1255"), content_type="text/plain", charset="cp1255"), "שלום"),
        (web.Response(body=b"hi", headers={"Content-Type": "text/plain; charset=x-none"}), "hi"),
    ],
)
@alone
async def test_answers_are_json_or_text(reply: Reply, data: Any) -> None:
    """Whatever a service sends, the model gets data that every JSON can carry."""
    assert (await used(reply))[0] == data


@pytest.mark.parametrize("text", ["[" * 800 + "]" * 800, "[" * 5000 + "]" * 5000, "[" + "9" * 300 + "]"])
@alone
async def test_odd_json_is_data_or_text(text: str) -> None:
    """Deep or with numbers beyond all bounds: what is told can be encoded again."""
    data, _ = await used(web.Response(text=text))
    assert js.dumps(data)


@alone
async def test_a_read_is_tried_again_once() -> None:
    """After a broken connection or a service that is away for the moment, if half of the time is left."""
    for reply in (CUTS, web.Response(status=503)):
        data, seen = await used(reply, json(1))
        assert (data, len(seen)) == (1, 2)
    error, seen = await used(web.Response(status=503), web.Response(status=502), json(1))
    assert (str(error), len(seen)) == ("the service answered with HTTP 502", 2)
    error, seen = await used(web.Response(status=500), json(1))
    assert len(seen) == 1


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("reply", [CUTS, web.Response(status=503), web.Response(status=303), HANGS])
@alone
async def test_an_effect_that_may_have_been_done_is_unknown(reply: Reply, method: str) -> None:
    """And is not asked again, unless its service knows repetitions by their key."""
    error, seen = await used(reply, method=method, seconds=0.2)
    assert type(error) is ToolUnknown
    assert "may have been done or not" in str(error)
    assert len(seen) == 1


@alone
async def test_an_idempotent_effect_is_asked_again() -> None:
    """With the same key."""
    data, seen = await used(CUTS, json({"id": 1}), method="put", idempotent=True)
    assert data == {"id": 1}
    assert [each.headers["Idempotency-Key"] for each in seen] == ["the-key"] * 2


@alone
async def test_an_effect_that_was_not_sent_or_was_refused_is_known() -> None:
    """The model can say so, and may do it again."""
    error, _ = await used(json({"why": "taken"}, 409), method="delete")
    assert type(error) is ToolRefused
    async with opened() as net:
        tool = Http(HttpSettings(post="http://127.0.0.1:9/"), net)
        with pytest.raises(ToolFailed, match="its address is private") as raised:
            await tool.use({}, view())
    assert not isinstance(raised.value, ToolUnknown)


@pytest.mark.parametrize(
    "reply", [web.Response(body=bytes(300_000)), web.Response(text="<html>", content_type="text/html")]
)
@alone
async def test_an_effect_that_was_done_is_done(reply: Reply) -> None:
    """Whatever the service has to say about it."""
    data, _ = await used(reply, method="post")
    assert data["status"] == 200


@alone
async def test_a_probe_asks_with_the_same_headers() -> None:
    """A key that is refused is told before any call."""
    async with service(json({}), web.Response(status=401)) as there:
        settings = HttpSettings(post=there.url, probe=there.url + "/me", headers={"X-Key": "k"}, internal=True)
        probe = Http.probe(settings, "en")
        assert probe is not None
        assert await probe.ask() == "HTTP 200"
        with pytest.raises(Unserved, match="HTTP 401"):
            await probe.ask()
        assert [(each.target, each.headers["X-Key"]) for each in there.seen] == [("/me", "k")] * 2
    with pytest.raises(Unserved, match="could not be reached"):
        await probe.ask()
    assert Http.probe(HttpSettings(get="https://a.example"), "en") is None


def test_methods_but_get_are_effects() -> None:
    """Unless the config says otherwise."""
    assert not Http(HttpSettings(get="https://a.example")).is_effect
    assert Http(HttpSettings(delete="https://a.example")).is_effect
    assert not Http(HttpSettings(post="https://a.example/search", effect=False)).is_effect
