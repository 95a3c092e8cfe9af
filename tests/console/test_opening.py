from __future__ import annotations

import pytest

from pipeline.console.opening import console
from pipeline.faults import UsageError
from pipeline.server.address import ANYWHERE, HERE, Address

LONG = "a token of sixteen or more"
AFAR, NEAR = Address(ANYWHERE, 8081), Address(HERE, 8081)


@pytest.mark.parametrize(
    ("address", "url", "editing", "token", "wrong"),
    [
        (None, "https://x.example", False, "", "need --console"),
        (None, "", True, "", "need --console"),
        (AFAR, "", False, "", "needs CONSOLE_TOKEN"),
        (AFAR, "", False, LONG, "--console-url"),
        (AFAR, "https://x.example", False, "", "needs CONSOLE_TOKEN"),
        (NEAR, "https://x.example", False, "", "needs CONSOLE_TOKEN"),
        (AFAR, "http://x.example", False, LONG, "https://console.example.com"),
        (NEAR, "http://localhost:1", False, LONG, "https://console.example.com"),
        (AFAR, "https://x.example", True, LONG, "this machine alone"),
        (NEAR, "", False, "short", "shorter than 16"),
    ],
)
def test_a_console_that_others_could_reach_is_refused(
    address: Address | None, url: str, editing: bool, token: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it has a token of its own and https; and so are options of a console that is off."""
    monkeypatch.setenv("CONSOLE_TOKEN", token)
    with pytest.raises(UsageError, match=wrong):
        console(address, url, editing=editing)


def test_a_console_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this machine with nothing more, elsewhere with a token and the proxy's address."""
    monkeypatch.delenv("CONSOLE_TOKEN", raising=False)
    assert console(None) is None
    near = console(NEAR, editing=True)
    assert near is not None and near.editing and near.token == ""
    monkeypatch.setenv("CONSOLE_TOKEN", LONG)
    afar = console(AFAR, "https://x.example/")
    assert afar is not None and (afar.token, afar.public) == (LONG, "https://x.example")


@pytest.mark.parametrize(
    "url", ["https://x.example/console", "https://x.example?a=1", "https://a@x.example", "x.example"]
)
def test_the_proxys_address_is_a_host_and_a_port(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A console below a path would refuse each request of its own pages."""
    monkeypatch.setenv("CONSOLE_TOKEN", LONG)
    with pytest.raises(UsageError, match="without a path"):
        console(AFAR, url)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://Console.Example.com:443/", "https://console.example.com"),
        ("https://x.example:8443", "https://x.example:8443"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_the_proxys_address_is_spelled_as_browsers_spell_it(
    url: str, public: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their Origin is in lower case and has no port of https's own."""
    monkeypatch.setenv("CONSOLE_TOKEN", LONG)
    found = console(AFAR, url)
    assert found is not None and found.public == public
