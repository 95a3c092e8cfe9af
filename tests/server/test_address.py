"""Addresses to listen on, as they are written and as they are used."""

from __future__ import annotations

import socket
import sys
from subprocess import PIPE, run

import pytest

from pipeline.faults import KavError
from pipeline.server.address import DEFAULT_ADMIN, HERE, Address
from pipeline.server.app import running
from pipeline.server.options import Options, SettingError
from tests.kit.outside import ROOT, launched, started
from tests.kit.parrot import config

SERVE = ("run.py", "serve", "configs/bench.yaml")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("9090", HERE, 9090),
        (":9090", HERE, 9090),
        ("0.0.0.0:1", "0.0.0.0", 1),
        ("localhost:65535", "localhost", 65535),
        ("[::1]:0", "::1", 0),
        ("::1:0", "::1", 0),
    ],
)
def test_an_address_is_parsed(text: str, host: str, port: int) -> None:
    """A port, with a host before it or without."""
    assert Address.parse(text) == Address(host, port)


@pytest.mark.parametrize(
    "text", ["", "x", "h:", "h:x", "h:-1", "h:65536", "a:b:c:1", "h:1 2", "http://h:1", "h h:1", "\uff11", "h:\u0661"]
)
def test_what_is_no_address_is_said(text: str) -> None:
    """With the form that it should have."""
    with pytest.raises(ValueError, match=r"is not \[HOST:\]PORT"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("0.0.0.0", 1), "http://127.0.0.1:1"),
        (Address("::", 1), "http://[::1]:1"),
        (Address("::1", 1), "http://[::1]:1"),
        (Address("10.0.0.5", 1), "http://10.0.0.5:1"),
        (Address("localhost", 1), "http://localhost:1"),
    ],
)
def test_an_address_has_a_url_at_which_it_answers(address: Address, url: str) -> None:
    """A listener of one address, or of one version of IP, does not answer on 127.0.0.1."""
    assert address.url == url


def test_the_port_of_the_platform_is_taken() -> None:
    """PORT, unless an option says another; without either 8080."""
    assert [Options.read(it).port for it in ({}, {"PORT": ""}, {"PORT": " 7000 "})] == [8080, 8080, 7000]
    assert Options.read({"PORT": "7000"}, port=0).port == 0


@pytest.mark.parametrize("text", ["abc", "-1", "65536", "80.5", "²", "tcp://10.0.0.1:80"])
def test_a_bad_port_of_the_platform_is_named(text: str) -> None:
    """The variable, its value, and what to do."""
    with pytest.raises(SettingError, match=r"^PORT .* is not a port: .* or use --port"):
        Options.read({"PORT": text})


def test_a_platform_without_a_token_is_told_why_it_reaches_nothing(lines: list[str]) -> None:
    """The server stays on loopback, and the log says which variable opens it."""
    assert Options.read({"PORT": "7000"}).host == HERE
    assert any(line.startswith("PORT is set") and "TWILIO_AUTH_TOKEN" in line for line in lines)


async def test_an_admin_port_in_use_names_its_listener() -> None:
    """The sentence says which of the two it is, and which option moves it; the default takes another port."""
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        for admin, words in ((Address(HERE, port), "with --admin"), (None, "with --port")):
            options = Options(port=0 if admin else port, admin=admin)
            with pytest.raises(KavError, match=f"port {port} on 127.0.0.1 is taken by another program.*{words}"):
                async with running([config()], options):
                    pass
        async with running([config()], Options(port=0, admin=Address(HERE, port, else_any=True))) as server:
            assert server.admin_url not in ("", f"http://{HERE}:{port}")
    assert DEFAULT_ADMIN.else_any


@pytest.mark.parametrize(
    ("host", "why"),
    [("no.such.host.invalid", "there is no such host"), ("192.0.2.1", "it is no address of this machine")],
)
async def test_an_admin_host_that_is_not_here_is_named(host: str, why: str) -> None:
    """In words, without an error number, and with the option."""
    with pytest.raises(
        KavError, match=f"admin listener cannot listen on {host}, port 1: {why}; choose another with --adm"
    ):
        async with running([config()], Options(port=0, admin=Address(host, 1))):
            pass


async def test_one_port_for_both_is_refused() -> None:
    """With a sentence that names both options."""
    with socket.create_server((HERE, 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(KavError, match=f"--port and --admin are both {port}"):
        async with running([config()], Options(port=port, admin=Address(HERE, port))):
            pass


@pytest.mark.parametrize("asked", [("--admin", "x"), ("--admin", "1.2.3.4:99999")])
def test_a_bad_option_is_wrong_use(asked: tuple[str, str]) -> None:
    """One line with the form, and exit code 2."""
    done = run([sys.executable, *SERVE, *asked], cwd=ROOT, stderr=PIPE, text=True, check=False)
    assert done.returncode == 2 and "is not [HOST:]PORT" in done.stderr


async def test_two_servers_on_one_machine_do_not_collide() -> None:
    """Each has its admin listener, whichever port is free, and says where; the public port has none of its pages."""
    async with started(*SERVE, "--port", "0") as (one, session), started(*SERVE, "--port", "0") as (two, _):
        assert one.admin_url != two.admin_url
        for server in (one, two):
            async with session.get(f"{server.admin_url}/readyz") as response:
                assert response.status == 200
            async with session.get(f"{server.url}/readyz") as response:
                assert response.status == 404


async def test_the_start_says_what_is_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address, the webhook for the Twilio console, and what signatures are checked for; `off` opens no listener."""
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t" * 32)
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://agent.example.com/kav")
    async with launched(*SERVE, "--host", HERE, "--admin", "off") as server:
        await server.says(r"voice webhook at https://agent\.example\.com/kav/webhook/incoming_call \(POST\)")
        await server.says(r"LISTENING on 127\.0\.0\.1:\d+: .* signed, .* for https://agent\.example\.com/kav/webhook/")
        assert not [line for line in server.lines if "ADMIN" in line]
