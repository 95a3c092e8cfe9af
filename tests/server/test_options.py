"""The server's settings: which may be used together, and which are refused with a sentence."""

from __future__ import annotations

import pytest

from pipeline.server.options import Options, SettingError, public_url

SECURE = {"TWILIO_AUTH_TOKEN": "secret-token", "PUBLIC_BASE_URL": "https://agent.example/"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " https://h.example/ ",
        "https://h.example:8443/agent",
        "http://127.0.0.1:80",
        "http://localhost",
        "http://[::1]:1",
    ],
)
def test_an_address_is_taken(text: str) -> None:
    """An https address, with a port and a path, or plain http on this machine."""
    assert public_url(text) == text.strip().rstrip("/")


@pytest.mark.fault("A8")
@pytest.mark.parametrize(
    "text",
    [
        "h.example",
        "https://",
        "https://h:bad",
        "https://h:99999",
        "ftp://h",
        "http://h.example",
        "https://h?a=b",
        "https://h#x",
        "https://me:pw@h",
        "https://a b",
        "https://קו.example",
        "https://h\n.example",
        "https://[::1",
    ],
)
def test_a_malformed_address_is_refused(text: str) -> None:
    """Anything that Twilio could not be given is an error that names the variable."""
    with pytest.raises(SettingError, match="PUBLIC_BASE_URL"):
        public_url(text)


@pytest.mark.fault("A8")
@pytest.mark.parametrize("host", [None, "127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_without_a_token_the_server_stays_on_this_machine(host: str | None, lines: list[str]) -> None:
    """Loopback is the default then, and it is said once."""
    assert Options.read({}, host).host == host or "127.0.0.1"
    assert len([line for line in lines if "TWILIO_AUTH_TOKEN" in line]) == 1


@pytest.mark.fault("A8")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "agent.example"])
def test_without_a_token_no_other_machine_is_let_in(host: str) -> None:
    """A host that others reach is refused without an auth token."""
    with pytest.raises(SettingError, match="TWILIO_AUTH_TOKEN"):
        Options.read({}, host)


@pytest.mark.fault("A8")
def test_a_token_needs_a_public_address() -> None:
    """Signatures cannot be checked without the address that they cover."""
    with pytest.raises(SettingError, match="PUBLIC_BASE_URL"):
        Options.read({"TWILIO_AUTH_TOKEN": "x"})


@pytest.mark.fault("A8")
@pytest.mark.parametrize("address", ["https://agent.example", " 'https://agent.example/' ", "http://127.0.0.1:8080"])
def test_a_public_address_needs_a_token(address: str) -> None:
    """A tunnel brings strangers to loopback, so that unsigned requests are taken only if that is asked for by name."""
    with pytest.raises(SettingError, match="--unsigned"):
        Options.read({"PUBLIC_BASE_URL": address})
    assert Options.read({"PUBLIC_BASE_URL": address}, unsigned=True).host == "127.0.0.1"
    with pytest.raises(SettingError, match="TWILIO_AUTH_TOKEN"):
        Options.read({"PUBLIC_BASE_URL": address}, "0.0.0.0", unsigned=True)


def test_with_a_token_everybody_may_connect() -> None:
    """A server that checks signatures listens everywhere unless told, and does not show its token."""
    options = Options.read(SECURE)
    assert (options.host, options.public_base_url) == ("0.0.0.0", "https://agent.example")
    assert "secret-token" not in repr(options)


def test_public_host_is_ignored_with_one_warning(lines: list[str]) -> None:
    """The guide's other name for the address has no say any more."""
    assert Options.read({**SECURE, "PUBLIC_HOST": "evil.example"}).public_base_url == "https://agent.example"
    assert len([line for line in lines if "PUBLIC_HOST" in line]) == 1


def test_pasted_settings_are_cleaned_with_a_warning(lines: list[str]) -> None:
    """The token, the account and the address, each named and not shown."""
    account = "AC" + "0" * 32
    options = Options.read(
        {
            "TWILIO_AUTH_TOKEN": '"canary"',
            "TWILIO_ACCOUNT_SID": f" {account}\n",
            "PUBLIC_BASE_URL": "'https://h.example/' ",
        }
    )
    assert (options.auth_token, options.account_sid, options.public_base_url) == (
        "canary",
        account,
        "https://h.example",
    )
    assert "canary" not in "".join(lines)


@pytest.mark.parametrize("token", ["two words", "קו", "AC" + "0" * 32, "•••"])
def test_a_text_that_is_no_token_is_refused(token: str) -> None:
    """With the variable's name, and without the text."""
    with pytest.raises(SettingError, match="TWILIO_AUTH_TOKEN") as caught:
        Options.read({**SECURE, "TWILIO_AUTH_TOKEN": token})
    assert token not in str(caught.value)


def test_an_account_without_a_token_is_told(lines: list[str]) -> None:
    """No call could be ended with it."""
    Options.read({"TWILIO_ACCOUNT_SID": "AC" + "0" * 32})
    assert [line for line in lines if "TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN" in line]
