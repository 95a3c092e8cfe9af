"""The gate: each way to come, and its answer."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import ClientSession

from pipeline.console.session import Gate
from tests.kit.alone import alone
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
    ("UPGRADE", "/phone/x", OWN, EVIL, None, True, 403),
    ("UPGRADE", "/phone/x", OWN, None, None, True, 403),
    ("UPGRADE", "/phone/x", OWN, OWN, None, False, 401),
    ("UPGRADE", "/phone/x", OWN, OWN, None, True, 403),  # the address opens nothing
    ("UPGRADE", "/api/calls/CA0/listen", OWN, EVIL, None, True, 403),
    ("UPGRADE", "/api/calls/CA0/listen", OWN, OWN, None, True, 404),
]
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


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
            async with client.request(verb, base + path, headers=headers, json=body) as answer:
                if answer.status != status:
                    wrong.append((method, path, host, origin, site, has_cookie, status, answer.status))
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert wrong == []


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
    gate.listens(8081)
    assert "console.example.com" in gate.hosts and "https://console.example.com" in gate.origins
    assert "http://console.example.com" not in gate.origins and "localhost:8081" in gate.hosts
