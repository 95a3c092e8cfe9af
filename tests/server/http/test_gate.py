"""The gate: foreign hosts, web pages, wrong methods."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest

from pipeline.server.address import Address
from pipeline.server.http.forgers import FREE
from tests.kit.peer import INCOMING, PUBLIC, SECURE, raw, sid, signed
from tests.kit.serving import Serve

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
HOOKS = (INCOMING, "/webhook/stream_status", "/webhook/call_ended")


@pytest.mark.fault("I-5")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", PUBLIC])
@pytest.mark.parametrize("path", [*HOOKS, "/ws/twilio-media", "/ws/twilio-media/", "/ws/twilio-media/token"])
async def test_a_web_page_reaches_no_path_of_twilio(serve: Serve, log: list[str], path: str, origin: str) -> None:
    """Any Origin is refused, on webhooks and on the stream."""
    method, more = ("POST", {}) if path in HOOKS else ("GET", UPGRADE)
    async with serve() as (server, session):
        headers = {"Origin": origin, **more}
        async with session.request(method, server.url + path, data=b"", headers=headers) as response:
            assert response.status == 403
        assert not server.registry.entries
    assert [line for line in log if line.startswith("REFUSED origin: ") and "web page" in line]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8080", "agent.example"]
)
async def test_this_machine_is_served(serve: Serve, host: str) -> None:
    """Under its names, with any port, and under the public one."""
    async with (
        serve(public_base_url=PUBLIC) as (server, session),
        session.post(server.url + INCOMING, data={"CallSid": sid()}, headers={"Host": host}) as response,
    ):
        assert response.status == 200


@pytest.mark.fault("B4")
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "10.0.0.1", "[::1", "a@b"]
)
@pytest.mark.parametrize("path", [INCOMING, "/"])
async def test_another_host_is_refused(serve: Serve, log: list[str], host: str, path: str) -> None:
    """A name that leads here, as in DNS rebinding, reaches nothing, and the log says which name."""
    async with serve() as (server, session):
        async with session.post(server.url + path, data={"CallSid": sid()}, headers={"Host": host}) as response:
            assert response.status == 421
        async with session.get(f"{server.admin_url}/metrics", headers={"Host": host}) as response:
            assert response.status == 421
    assert [line for line in log if line.startswith("REFUSED host: ") and f"its Host is {host}," in line]


@pytest.mark.fault("B4")
@pytest.mark.parametrize(
    ("target", "host"),
    [
        (INCOMING, "evil.example"),
        (INCOMING, "93.184.216.34"),
        (f"http://evil.example{INCOMING}", "agent.example"),
        (f"HTTPS://evil.example{INCOMING}", "agent.example"),
    ],
)
async def test_a_signed_request_for_another_host_is_refused(
    serve: Serve, log: list[str], target: str, host: str
) -> None:
    """With 421, in the Host header and in the request line, and the line says how the host would be ours."""
    form = {"CallSid": sid(), "AccountSid": SECURE["account_sid"]}
    body = urlencode(form)
    async with serve(**SECURE) as (server, _):
        head = [f"POST {target} HTTP/1.1", f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in signed(PUBLIC + INCOMING, form).items()]
        head += ["Content-Type: application/x-www-form-urlencoded", "", body]
        assert (await raw(server, "\r\n".join(head).encode())).startswith(b"HTTP/1.1 421 ")
        assert not server.registry.entries
    advice = f"PUBLIC_BASE_URL to https://{host if target == INCOMING else 'evil.example'}"
    assert [line for line in log if line.startswith("REFUSED host: ") and advice in line]


@pytest.mark.fault("B1")
async def test_forged_requests_are_answered_later_and_later(serve: Serve, log: list[str]) -> None:
    """Twilio's own is answered at once, by the same proxy; the line names the forger's address, not the proxy's."""
    form = {"CallSid": sid(), "AccountSid": SECURE["account_sid"]}
    genuine = signed(PUBLIC + INCOMING, form)
    forger, twilio = {"X-Forwarded-For": "6.6.6.6, 198.51.100.7"}, {"X-Forwarded-For": "198.51.100.7"}
    async with serve(**SECURE) as (server, session):
        for _ in range(FREE):
            async with session.post(server.url + INCOMING, data=form, headers=forger) as response:
                assert response.status == 403
        server.board.forgers.delay("198.51.100.7")
        late = asyncio.ensure_future(session.post(server.url + INCOMING, data=form, headers=forger))
        async with session.post(server.url + INCOMING, data=form, headers=genuine | twilio) as response:
            assert response.status == 200
        assert not late.done()
        assert (await late).status == 403
    assert [line for line in log if line.startswith("REFUSED forger: 198.51.100.7 waits ")]


async def test_a_signed_request_may_come_by_any_host(serve: Serve) -> None:
    """A proxy's own name for the server is no matter where signatures are checked."""
    form = {"CallSid": sid(), "AccountSid": SECURE["account_sid"]}
    async with serve(**SECURE) as (server, session):
        headers = {"Host": "upstream", **signed(PUBLIC + INCOMING, form)}
        async with session.post(server.url + INCOMING, data=form, headers=headers) as response:
            assert response.status == 200


async def test_an_admin_listener_for_other_machines_takes_their_names(serve: Serve) -> None:
    """Prometheus names it as it likes."""
    admin = Address("0.0.0.0", 0)
    async with (
        serve(admin=admin) as (server, session),
        session.get(f"{server.admin_url}/metrics", headers={"Host": "kav.internal"}) as response,
    ):
        assert response.status == 200
