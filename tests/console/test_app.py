"""The listener of the console: its place among the others."""

from __future__ import annotations

import socket

import pytest
from aiohttp import ClientSession

from pipeline.console.app import Listener
from pipeline.server.address import HERE, Address
from pipeline.server.app import running
from pipeline.server.listening import ListenError
from pipeline.server.options import Options
from tests.kit import parrot
from tests.kit.alone import alone
from tests.kit.visitor import base_of


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server((HERE, 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize("option", ["--port", "--admin"])
def test_one_port_for_two_listeners_is_told_by_their_options(option: str) -> None:
    """Not as another program's."""

    @alone
    async def scene() -> None:
        port = free_port()
        others = {"--port": (port, 0), "--admin": (0, port)}[option]
        options = Options(port=others[0], admin=Address(HERE, others[1]))
        console = Listener(address=Address(HERE, port))
        with pytest.raises(ListenError, match=f"{option} and --console are both {port}: choose another"):
            async with running([parrot.config()], options, console=console):
                pass

    scene()


@alone
async def test_a_port_that_may_be_any_other_is_found() -> None:
    """As for the default of `demo`, if the server's own port is that."""
    port = free_port()
    console = Listener(address=Address(HERE, port, else_any=True))
    async with running([parrot.config()], Options(port=port), console=console) as server:
        assert server.port == port and base_of(server) != server.url


@pytest.mark.parametrize("host", ["::1", "127.0.0.2", "localhost"])
def test_the_printed_address_opens_the_console(host: str) -> None:
    """By any name of this machine, and a session begins there."""

    @alone
    async def scene() -> None:
        console = Listener(address=Address(host, 0))
        async with running([parrot.config()], console=console) as server, ClientSession() as client:
            base, _, token = server.console_url.partition("/#k=")
            async with client.get(base) as page:
                assert page.status == 200
            async with client.post(f"{base}/api/session", json={"token": token}, headers={"Origin": base}) as answer:
                assert answer.status == 204

    scene()
