"""The address that a server listens on."""

from __future__ import annotations

import socket

import pytest

from pipeline.server.app import running
from pipeline.server.listening import ListenError
from pipeline.server.options import Options
from tests.kit.parrot import config


@pytest.mark.fault("A12")
async def test_a_port_in_use_is_one_clear_line() -> None:
    """A second server on the same port is refused with a sentence that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 is taken by another program"):
            async with running([config()], Options(port=port)):
                pass


@pytest.mark.parametrize(("host", "port"), [("no-such-host.invalid", 0), ("203.0.113.1", 0), ("127.0.0.1", 70_000)])
async def test_an_address_that_is_none_is_one_clear_line(host: str, port: int) -> None:
    """A host that is not this machine, and a port that is none, are refused with a sentence that names them."""
    with pytest.raises(ListenError, match=f"cannot listen on {host}, port {port}"):
        async with running([config()], Options(host=host, port=port)):
            pass
