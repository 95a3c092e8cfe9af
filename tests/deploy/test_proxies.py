"""The proxies' files in deploy/: a signed call over TLS goes through Caddy and nginx with the shipped files."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.kit.accounts import certificate, private_key
from tests.kit.outside import launched, until
from tests.kit.pages import ROOT, read
from tests.kit.programs import program

WRAPPER = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/kav.conf;
}}
"""


class Ports(NamedTuple):
    """The ports of one test, on loopback: the proxy's two and Kav's."""

    tls: int
    plain: int
    kav: int


class Proxy(NamedTuple):
    """A proxy's command, the variables that it is given, and the certificate that its callers have to trust."""

    command: tuple[str, ...]
    environment: dict[str, str]
    trusted: Path


def ports() -> Ports:
    """Return ports of loopback on which nothing listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in Ports._fields]
    found = Ports(*(each.getsockname()[1] for each in sockets))
    for each in sockets:
        each.close()
    return found


def caddy(folder: Path, on: Ports) -> Proxy:
    """Return Caddy with the shipped file; for `localhost` it makes a certificate of its own."""
    environment = {
        "KAV_SITE": f"https://localhost:{on.tls}",
        "KAV_HTTP_PORT": str(on.plain),
        "KAV_UPSTREAM": f"127.0.0.1:{on.kav}",
        "CADDY_ADMIN": "off",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "HOME": str(folder),
    }
    command = (
        program("caddy", package="caddy"),
        "run",
        "--config",
        str(ROOT / "deploy/Caddyfile"),
        "--adapter",
        "caddyfile",
    )
    return Proxy(command, environment, folder / "caddy/pki/authorities/local/root.crt")


def nginx(folder: Path, on: Ports) -> Proxy:
    """Return nginx with the shipped file, in which host, ports and paths are replaced as its first lines say."""
    own, key, text = folder / "own.pem", folder / "key.pem", read("deploy/nginx.conf")
    own.write_text(certificate())
    key.write_text(private_key())
    for shipped, here in {
        "agent.example.com;": "localhost;",
        "/etc/letsencrypt/live/agent.example.com/fullchain.pem": str(own),
        "/etc/letsencrypt/live/agent.example.com/privkey.pem": str(key),
        "listen 443 ssl": f"listen 127.0.0.1:{on.tls} ssl",
        "listen [::]:443 ssl": f"listen [::1]:{on.tls} ssl",
        "127.0.0.1:8080": f"127.0.0.1:{on.kav}",
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (folder / "kav.conf").write_text(text)
    (folder / "nginx.conf").write_text(WRAPPER.format(folder=folder))
    return Proxy((program("nginx", package="nginx-light"), "-c", str(folder / "nginx.conf"), "-e", "stderr"), {}, own)


@asynccontextmanager
async def running(proxy: Proxy, port: int) -> AsyncIterator[None]:
    """Run the proxy until it is no longer needed; it takes connections and has its certificate from the start."""
    process = await asyncio.create_subprocess_exec(
        *proxy.command, env={**os.environ, **proxy.environment}, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await until(lambda: process.returncode is not None or (proxy.trusted.is_file() and taken(port)))
        assert process.returncode is None
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def taken(port: int) -> bool:
    """True if a connection to this port of loopback is taken."""
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


async def called(url: str, trusted: Path) -> tuple[int, str]:
    """Return the exit code and the output of a call of one sentence to this address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "run.py", "call", url, "--say", "hello"),
        cwd=ROOT,
        env={**os.environ, "SSL_CERT_FILE": str(trusted)},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    printed, _ = await process.communicate()
    return await process.wait(), printed.decode()


@pytest.mark.parametrize("proxied", [caddy, nginx])
def test_a_signed_call_goes_through(
    proxied: Callable[[Path, Ports], Proxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent's answer is heard through the proxy, and its pages other than Twilio's are not reached through it."""
    on = ports()
    public = f"https://localhost:{on.tls}"
    monkeypatch.setenv("PUBLIC_BASE_URL", public)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef")

    async def scene() -> None:
        proxy = proxied(tmp_path, on)
        serve = ("run.py", "serve", "configs/bench.yaml", "--host", "127.0.0.1", "--port", str(on.kav))
        async with running(proxy, on.tls), launched(*serve) as server:
            await server.says("READY")
            code, printed = await called(public, proxy.trusted)
            assert code == 0 and "1 reply" in printed, printed + "".join(server.lines)
            trust = TCPConnector(ssl=ssl.create_default_context(cafile=str(proxy.trusted)))
            async with ClientSession(connector=trust) as session:
                for page in ("/metrics", "/healthz", "/readyz", "/"):
                    async with session.get(public + page) as answer:
                        assert answer.status == 404

    asyncio.run(asyncio.wait_for(scene(), 60))
