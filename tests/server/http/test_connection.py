"""The connections of the public port: the slow, the idle and the many, with a call beside them that goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipeline.server.http.connection import network
from pipeline.server.http.webhook import GREETING_PATH
from pipeline.server.options import Limits
from tests.kit.outside import started
from tests.kit.parrot import config
from tests.kit.peer import INCOMING, call, metric, ring, sid
from tests.kit.serving import Serve
from tests.kit.strangers import strangers

HEAD = f"POST {INCOMING} HTTP/1.1\r\nHost: localhost\r\n".encode()
LIMITED = "import resource as r, runpy, sys; r.setrlimit(r.RLIMIT_NOFILE, (128, 128)); "
LIMITED += "runpy.run_module('tests.kit.parrot', run_name='__main__')"


@pytest.mark.fault("B7")
@pytest.mark.parametrize("said", [b"", b"P", HEAD, HEAD + b"X: " + b"x" * 4000])
async def test_a_head_that_does_not_come_is_cut_off(serve: Serve, log: list[str], said: bytes) -> None:
    """Nothing, a byte, a line, half a header: the connection is closed, and the line says why."""
    async with serve(limits=Limits(head=0.05)) as (server, session), call(server, session) as peer:
        async with strangers(server.url, 3, said) as slow:
            assert [await each.told() for each in slow] == [b""] * 3
        await peer.talks(2)
        assert await metric(server, session, 'kav_refused_total{reason="slow_head"}') == 3
    now, later = [line for line in log if line.startswith("REFUSED slow_head: a connection from 127.0.0.1: ")]
    assert "2 more like it" in later and "more like it" not in now


@pytest.mark.fault("B7")
async def test_bytes_that_trickle_put_nothing_off(serve: Serve) -> None:
    """The deadline counts from the accept: a byte now and then renews it not."""
    async with serve(limits=Limits(head=0.1)) as (server, _), strangers(server.url, 1) as (slow,):

        async def trickle() -> None:
            for byte in HEAD * 100:
                slow.writer.write(bytes((byte,)))
                await asyncio.sleep(0.01)

        task = asyncio.ensure_future(trickle())
        assert await slow.told() == b""
        task.cancel()


@pytest.mark.fault("B7")
async def test_a_connection_is_kept_for_a_while(serve: Serve) -> None:
    """A second request finds it open; then it is closed, without a line, as that is no fault."""
    get = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serve(limits=Limits(idle=0.1)) as (server, session), strangers(server.url, 1, get) as (kept,):
        assert await kept.reader.readuntil(b"404: Not Found")
        kept.writer.write(get)
        assert (await kept.told()).count(b"404: Not Found") == 1
        assert await metric(server, session, 'kav_refused_total{reason="slow_head"}') == 0


@pytest.mark.fault("B7")
async def test_an_answer_that_is_not_read_is_cut_off(serve: Serve, tmp_path: Path) -> None:
    """A peer that asks and does not read loses its connection."""
    greeting = tmp_path / "long.mp3"
    greeting.write_bytes(bytes(20_000_000))
    get = f"GET {GREETING_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    async with (
        serve(config(greeting_file=greeting), limits=Limits(answer=0.05)) as (server, session),
        strangers(server.url, 1) as (deaf,),
    ):
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        deaf.writer.write(get)
        counted = 0.0
        while not counted:
            counted = await metric(server, session, 'kav_refused_total{reason="unread"}')


@pytest.mark.fault("C23")
@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n"])
async def test_a_new_call_gets_in_however_many_wait(serve: Serve, log: list[str], said: bytes) -> None:
    """Connections without a whole request make room, oldest first; those of calls never do."""
    async with serve(per_address=20) as (server, session), call(server, session) as peer:
        async with strangers(server.url, 60, said) as idle:
            assert [await each.told() for each in idle[:40]] == [b""] * 40
            await peer.talks(2)
            async with call(server, session, sid(2)) as late:
                await late.talks(2)
        await peer.talks(3)
    now, later = [line for line in log if line.startswith("REFUSED crowded: ")]
    assert "KAV_CONNECTIONS_PER_ADDRESS" in now and "more like it" in later


@pytest.mark.fault("C24")
async def test_more_connections_than_there_are_descriptors_keep_no_call_out() -> None:
    """Also where they take all the file descriptors that there are: those of calls are kept free."""
    async with started("-c", LIMITED, "", "9", "1", "50", "30") as (server, session), call(server, session) as peer:
        async with strangers(server.url, 400, HEAD):
            await peer.talks(2)
            async with call(server, session, sid(2)) as late:
                await late.talks(2)
            await server.says("REFUSED descriptors: a connection from 127.0.0.1: .*ulimit -n")
        await peer.talks(3)
        assert (await ring(server, session, sid(3))).find("Connect") is not None
    assert len([line for line in server.lines if "REFUSED descriptors" in line]) == 1
    assert not [line for line in server.lines if "Traceback" in line]


@pytest.mark.parametrize(
    ("host", "group"),
    [("1.2.3.4", "1.2.3.4"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64")],
)
def test_an_address_of_ipv6_stands_for_its_network(host: str, group: Any) -> None:
    """One customer has all of it."""
    assert network(host) == group
