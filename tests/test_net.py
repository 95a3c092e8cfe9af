"""The guarded way out: no private address by any name, no redirect, no answer without end."""

from __future__ import annotations

import gzip
import socket

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.net import Net, NoAnswer, NotSent, Request, TooLong, is_public, opened
from tests.kit.alone import alone
from tests.kit.net import CUTS, HANGS, service

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0x7f.1", "0x7f000001", "2130706433", "017700000001",
    "0177.0.0.1", "127.0x0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "0", "[::]", "127.0.0.1.", "１２７.０.０.１",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "2001:db8::1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "::ffff:0:10.0.0.1", "2001:0:1::1",
]  # fmt: skip


@pytest.mark.fault("I-8")
@pytest.mark.parametrize("host", LOOPBACK)
@alone
async def test_loopback_is_not_reached_by_any_name(host: str) -> None:
    """However it is written: the server, which listens there, gets no connection."""
    async with service() as there, opened() as net:
        with pytest.raises(NotSent):
            await net.ask(Request(method="GET", url=f"http://{host}:{there.port}/"), 2)
        assert there.seen == []


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    """Also in IPv6 addresses that lead to an IPv4 one."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_known(address: str) -> None:
    """Those of the internet, by either protocol."""
    assert is_public(address)


class Changing(AbstractResolver):
    """A name server that has a public address for the first question, and loopback for the next ones."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The answer of the moment."""
        self.asked += 1
        address = "8.8.8.8" if self.asked == 1 else "127.0.0.1"
        return [{"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """It has nothing to close."""


@pytest.mark.fault("I-8")
@alone
async def test_a_name_that_changes_its_address_is_refused() -> None:
    """A check before the request would have seen the public address."""
    resolver = Changing()
    checked = await resolver.resolve("crm.example")
    assert is_public(checked[0]["host"])
    net = Net(resolver)
    async with service() as there:
        with pytest.raises(NotSent, match="private"):
            await net.ask(Request(method="GET", url=f"http://crm.example:{there.port}/"), 2)
        assert there.seen == []
    await net.close()
    assert resolver.asked == 2


@alone
async def test_an_internal_request_reaches_its_private_address() -> None:
    """And leaves no open way for one that is not, to the same host."""
    async with service() as there, opened() as net:
        inside = Request(method="GET", url=there.url, internal=True)
        assert (await net.ask(inside, 2)).status == 200
        with pytest.raises(NotSent, match="`internal: true` would allow it"):
            await net.ask(Request(method="GET", url=there.url), 2)
        assert len(there.seen) == 1


@pytest.mark.fault("I-8")
@alone
async def test_no_redirect_is_followed(dead_proxy: None) -> None:
    """A redirect is an answer like others; and a proxy of the environment is not asked."""
    async with service(web.Response(status=302, headers={"Location": "/elsewhere"})) as there, opened() as net:
        assert (await net.ask(Request(method="GET", url=there.url, internal=True), 2)).status == 302
        assert len(there.seen) == 1


@pytest.mark.parametrize("packed", [False, True])
@alone
async def test_an_answer_is_bounded(packed: bool) -> None:
    """Read in pieces and unpacked in pieces: 200 MB of zeros in 200 kB are given up at 256 kB."""
    body = gzip.compress(bytes(20_000_000), 1) * 10 if packed else bytes(300_000)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    async with service(web.Response(body=body, headers=headers)) as there, opened() as net:
        with pytest.raises(TooLong, match="longer than 256 kB"):
            await net.ask(Request(method="GET", url=there.url, internal=True), 5)


@alone
async def test_a_request_that_was_sent_is_told_from_one_that_was_not() -> None:
    """Only of the second is it sure that nothing was done."""
    async with service(HANGS, CUTS) as there, opened() as net:
        post = Request(method="POST", url=there.url, body=b"{}", internal=True, fresh=True)
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.1 s"):
            await net.ask(post, 0.1)
        with pytest.raises(NoAnswer, match="broke off"):
            await net.ask(post, 2)
    async with opened() as net:
        with pytest.raises(NotSent, match="could not be reached"):
            await net.ask(post, 2)


@pytest.mark.parametrize("fresh", [True, False])
@alone
async def test_a_request_is_sent_once(fresh: bool) -> None:
    """A PUT may be an effect like any other, and whether it may be repeated is not for the library to say."""
    async with service(web.Response(), CUTS) as there, opened() as net:
        put = Request(method="PUT", url=there.url, internal=True, fresh=fresh)
        assert (await net.ask(put, 2)).status == 200
        with pytest.raises(NoAnswer, match="broke off"):
            await net.ask(put, 2)
        assert len(there.seen) == 2


@alone
async def test_cookies_are_not_kept() -> None:
    """One caller's session is none of the next one's."""
    async with service(web.Response(headers={"Set-Cookie": "session=1"})) as there, opened() as net:
        for _ in range(2):
            await net.ask(Request(method="GET", url=there.url, internal=True), 2)
        assert "Cookie" not in there.seen[1].headers


@alone
async def test_the_way_out_is_shared_and_closed_with_its_last_user() -> None:
    """All agents of a process share its connections."""
    async with opened() as net, opened() as other:
        assert net is other
    async with opened() as later:
        assert later is not net
