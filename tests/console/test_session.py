"""The gate: each way to come, and its answer."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from yarl import URL

from pipeline.console.app import application
from pipeline.console.console import Console
from pipeline.console.session import FILES, OPEN, Gate
from pipeline.server.address import HERE, Address
from tests.kit.alone import alone
from tests.kit.peer import UPGRADE
from tests.kit.visitor import TOKEN, base_of, visited

EVIL = "https://evil.example"
OWN = "OWN"

# method, path, Host, Origin, Sec-Fetch-Site, with the cookie → status; OWN is the console's own
READ = [
    ("GET", "/", OWN, None, None, False, 200),
    ("GET", "/", OWN, None, "cross-site", False, 200),  # a link to it
    ("GET", "/static/style.css", OWN, None, "same-origin", False, 200),
    ("GET", "/favicon.ico", OWN, None, None, False, 200),
    ("GET", "/", "evil.example", None, None, True, 421),  # DNS rebinding
    ("GET", "/", "evil.example:PORT", None, None, True, 421),
    ("GET", "/", "127.0.0.1:1", None, None, True, 421),
    ("GET", "/", "localhost:PORT", None, None, False, 200),
    ("GET", "/", "[::1]:PORT", None, None, False, 200),
    ("GET", "/", "127.0.0.1:PORT.evil.example", None, None, False, 421),
    ("GET", "/api/agents", OWN, None, None, True, 200),  # curl
    ("GET", "/api/agents", OWN, None, "same-origin", True, 200),
    ("GET", "/api/agents", OWN, None, "none", True, 200),  # typed in
    ("GET", "/api/agents", OWN, None, "same-site", True, 403),  # a page on another port of this machine
    ("GET", "/api/agents", OWN, None, "cross-site", True, 403),
    ("GET", "/api/agents", OWN, None, None, False, 401),
    ("GET", "/api/feed", OWN, EVIL, "cross-site", True, 403),
    ("GET", "/api/feed", OWN, None, "same-origin", False, 401),
    ("GET", "/nowhere", OWN, None, None, False, 401),
    ("GET", "/nowhere", OWN, None, None, True, 404),
    ("GET", "/static/../session.py", OWN, None, None, True, 404),
    ("GET", "/static/%2e%2e/session.py", OWN, None, None, True, 404),
    ("GET", "/static/vendor", OWN, None, None, True, 404),
    ("GET", "/static/%00.js", OWN, None, None, True, 404),
    ("GET", f"/static/{'x' * 300}.js", OWN, None, None, True, 404),
    ("GET", "/static//etc/passwd", OWN, None, None, True, 404),
    ("GET", "//api/agents", OWN, None, None, True, 404),
    ("GET", "/%61pi/agents", OWN, None, None, False, 401),
    ("HEAD", "/api/agents", OWN, None, "cross-site", True, 403),
    ("HEAD", "/api/feed", OWN, None, None, True, 405),
    ("GET", "/", "localhost.:PORT", None, None, False, 421),
    ("GET", "/", "LOCALHOST:PORT", None, None, False, 421),
    ("GET", "/", "a@127.0.0.1:PORT", None, None, False, 421),
    ("GET", "/", "127.0.0.1", None, None, False, 421),
]
ACT = [
    ("POST", "/api/calls", OWN, OWN, "same-origin", True, 200),
    ("POST", "/api/calls", OWN, OWN, None, True, 200),
    ("POST", "/api/calls", OWN, None, None, True, 403),
    ("POST", "/api/calls", OWN, EVIL, "cross-site", True, 403),
    ("POST", "/api/calls", OWN, "null", "cross-site", True, 403),
    ("POST", "/api/calls", OWN, "http://127.0.0.1:1", "same-site", True, 403),
    ("POST", "/api/calls", OWN, "https://127.0.0.1:PORT", "same-origin", True, 403),
    ("POST", "/api/calls", OWN, OWN, "same-site", True, 403),
    ("POST", "/api/calls", "evil.example", OWN, "same-origin", True, 421),
    ("POST", "/api/calls", OWN, OWN, "same-origin", False, 401),
    ("POST", "/api/calls/CA00000000000000000000000000000000/hangup", OWN, OWN, "same-origin", True, 404),
    ("POST", "/api/calls/CA00000000000000000000000000000000/hangup", OWN, EVIL, None, True, 403),
    ("POST", "/api/session", OWN, OWN, "same-origin", False, 401),  # with a wrong token
    ("POST", "/api/session", OWN, EVIL, "cross-site", False, 403),
    ("PUT", "/api/agents", OWN, OWN, "same-origin", True, 405),
    ("DELETE", "/api/agents", OWN, None, None, True, 403),
    ("OPTIONS", "/api/agents", OWN, EVIL, "cross-site", True, 403),
    ("OPTIONS", "/api/agents", OWN, OWN, "same-origin", True, 405),
    ("TRACE", "/", OWN, OWN, None, True, 405),
    ("UPGRADE", "/phone/x", OWN, EVIL, None, True, 403),
    ("UPGRADE", "/phone/x", OWN, None, None, True, 403),
    ("UPGRADE", "/phone/x", OWN, OWN, None, False, 401),
    ("UPGRADE", "/phone/x", OWN, OWN, None, True, 403),  # the address opens nothing
    ("UPGRADE", "/api/calls/CA0/listen", OWN, EVIL, None, True, 403),
    ("UPGRADE", "/api/calls/CA0/listen", OWN, OWN, None, True, 404),
]


@pytest.mark.fault("I-5")
@alone
async def test_each_way_to_come_has_its_answer() -> None:
    """By method, Host, Origin, cookie and Sec-Fetch-Site."""
    wrong = []
    async with visited() as (server, visitor), ClientSession() as client:
        base = base_of(server)
        port = base.rpartition(":")[2]
        (cookie,) = visitor.client.cookie_jar
        for method, path, host, origin, site, has_cookie, status in READ + ACT:
            own = {"Host": base.removeprefix("http://")} if host == OWN else {"Host": host.replace("PORT", port)}
            headers = {**own, **(UPGRADE if method == "UPGRADE" else {})}
            if origin is not None:
                headers["Origin"] = base if origin == OWN else origin.replace("PORT", port)
            if site is not None:
                headers["Sec-Fetch-Site"] = site
            if has_cookie:
                headers["Cookie"] = f"{cookie.key}={cookie.value}"
            token = {"token": "wrong"} if path == "/api/session" else {}
            body = token if method in ("POST", "PUT") else None
            verb = "GET" if method == "UPGRADE" else method
            async with client.request(verb, URL(base + path, encoded=True), headers=headers, json=body) as answer:
                if answer.status != status:
                    wrong.append((method, path, host, origin, site, has_cookie, status, answer.status))
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert wrong == []


@pytest.mark.fault("I-5")
@alone
async def test_a_body_has_to_be_json() -> None:
    """A form, which a page of another site could send without being asked, is not taken."""
    async with visited() as (_, visitor), visitor.client.post(f"{visitor.base}/api/calls", data="{}") as answer:
        assert answer.status == 415
        assert "application/json" in (await answer.json())["error"]


@alone
async def test_a_session_begins_with_the_token_alone_and_its_cookie_is_its_own() -> None:
    """The cookie is out of reach of scripts, and named by the port, as ports share cookies."""
    async with visited() as (server, visitor):
        for token in ("", TOKEN[:-1], TOKEN + "x", "\u05d0"):
            async with visitor.client.post(f"{visitor.base}/api/session", json={"token": token}) as answer:
                assert answer.status == 401
        for body in (b"", b"[]", b'{"token": 1}', b"\xff"):
            head = {"Content-Type": "application/json"}
            async with visitor.client.post(f"{visitor.base}/api/session", data=body, headers=head) as answer:
                assert answer.status == 400
        (cookie,) = visitor.client.cookie_jar
        assert cookie.key == f"kav_{base_of(server).rpartition(':')[2]}"
        assert cookie["httponly"] and cookie["samesite"] == "Strict"
        assert server.console_url == f"{visitor.base}/#k={quote(TOKEN)}"


@pytest.mark.fault("I-5")
@alone
async def test_no_route_was_forgotten() -> None:
    """Each route of the application: without a session, from another page, by another host, from another site."""
    wrong: list[object] = []
    async with visited(editing=True) as (server, visitor), ClientSession() as client:
        (cookie,) = visitor.client.cookie_jar
        console = Console(server, editing=True)
        routes = [it for it in application(console, Gate()).router.routes() if it.method != "*"]
        assert len(routes) > 20
        for route in routes:
            path = (route.resource.canonical if route.resource else "").format_map(Anything())
            good = {"Origin": visitor.base, "Sec-Fetch-Site": "same-origin", "Cookie": f"{cookie.key}={cookie.value}"}
            is_open = path in OPEN or path.startswith(FILES)
            acts = route.method not in ("GET", "HEAD")
            for change, status in (
                ({"Host": "evil.example"}, 421),
                ({"Origin": EVIL}, 403 if acts else 0),
                ({"Origin": EVIL, **UPGRADE}, 403),
                ({"Sec-Fetch-Site": "cross-site"}, 0 if is_open else 403),
                ({"Cookie": ""}, 0 if is_open else 401),
            ):
                if not status:
                    continue
                async with client.request(route.method, visitor.base + path, headers={**good, **change}) as answer:
                    if answer.status != status:
                        wrong.append((route.method, path, change, answer.status))
            for url in (server.url, server.admin_url):
                async with client.request(route.method, url + path) as answer:
                    if answer.status not in (404, 405):
                        wrong.append((route.method, path, url, answer.status))
    assert wrong == []


class Anything(dict[str, str]):
    """A value for each part of a path that a route leaves open."""

    def __missing__(self, _: str) -> str:
        return "x"


@pytest.mark.fault("I-5")
@alone
async def test_raw_requests_that_no_browser_sends(log: list[str]) -> None:
    """Another host in the request line, two origins, a cookie in no encoding; and each refusal is a line of the log."""
    async with visited() as (_, visitor):
        port = int(visitor.base.rpartition(":")[2])
        (cookie,) = visitor.client.cookie_jar
        own = f"Host: 127.0.0.1:{port}\r\nCookie: {cookie.key}={cookie.value}\r\nConnection: close\r\n"
        act = f"{own}Content-Type: application/json\r\nContent-Length: 2\r\nOrigin: {visitor.base}\r\n"
        for request, status in (
            (f"GET http://evil.example/api/agents HTTP/1.1\r\n{own}\r\n", 421),
            (f"GET {visitor.base}/api/agents HTTP/1.1\r\n{own}\r\n", 200),
            (f"POST /api/calls HTTP/1.1\r\n{act}Origin: {EVIL}\r\n\r\n{{}}", 403),
            (f"GET / HTTP/1.1\r\n{own}Host: evil.example\r\n\r\n", 400),
            (f"GET /static/../api/agents HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 404),
            (f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie.key}=\xff\r\n\r\n", 200),
            ("GET / HTTP/1.0\r\n\r\n", 421),
        ):
            assert await answered(port, request.encode("latin-1")) == status, request
    assert [line.split(":")[0] for line in log if line.startswith("REFUSED")] == [
        *("REFUSED host", "REFUSED origin", "REFUSED http", "REFUSED path"),
        "REFUSED host",  # as the server ended: what was held back
    ]


async def answered(port: int, request: bytes) -> int:
    """The status of the answer to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


@alone
async def test_wrong_tokens_are_not_compared_for_long() -> None:
    """After ten the right one is not either, for a while, so that none can be guessed."""
    async with visited() as (_, visitor):
        told = []
        for token in (*["wrong"] * 11, TOKEN):
            async with visitor.client.post(f"{visitor.base}/api/session", json={"token": token}) as answer:
                told.append(answer.status)
        assert told == [*[401] * 10, 429, 429]


def test_tokens_are_compared_again_after_a_pause() -> None:
    """Ten wrong ones in ten seconds are the most."""
    gate = Gate("a token", clock=(clock := Clock()))
    for _ in range(10):
        assert not gate.pauses and gate.open("wrong") is None
    assert gate.pauses
    clock.now += 10.1
    assert not gate.pauses and gate.open("a token")


def test_sessions_end_and_are_bounded() -> None:
    """After twelve hours, and with the hundredth after it."""
    gate = Gate("a token", clock=(clock := Clock()))
    one = gate.open("a token")
    assert one is not None and gate.knows(one) and not gate.knows("") and gate.open("another") is None
    clock.now += 12 * 3600
    assert not gate.knows(one)
    some = [gate.open("a token") or "" for _ in range(101)]
    assert [gate.knows(each) for each in some[:2]] == [False, True]


class Clock:
    """Seconds, as they are set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_public_address_is_one_more_host_and_origin() -> None:
    """That of the proxy before it; http to it is none."""
    gate = Gate(public="https://console.example.com")
    gate.listens(Address(HERE, 8081))
    assert "console.example.com" in gate.hosts and "https://console.example.com" in gate.origins
    assert "http://console.example.com" not in gate.origins and "localhost:8081" in gate.hosts


def test_the_console_is_reached_by_the_address_that_it_prints() -> None:
    """Another one of loopback, IPv6, and http's own port, which browsers leave out."""
    for address, host in (
        (Address("127.0.0.2", 8081), "127.0.0.2:8081"),
        (Address("::1", 8081), "[::1]:8081"),
        (Address(HERE, 80), "127.0.0.1"),
    ):
        gate = Gate()
        gate.listens(address)
        assert host in gate.hosts and f"http://{host}" in gate.origins
    gate.listens(Address("0.0.0.0", 8081))
    assert "0.0.0.0:8081" not in gate.hosts
