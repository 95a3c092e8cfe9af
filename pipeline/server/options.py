"""What a server has to know of the world around it: where Twilio reaches it, and whose calls it takes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from loguru import logger

from pipeline.faults import KavError

ANYWHERE, HERE = "0.0.0.0", "127.0.0.1"
PORT = 8080
ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")


class SettingError(KavError):
    """The server cannot start with these settings."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long the server waits for what, in seconds."""

    body: float = 5.0  # a webhook's body
    start: float = 5.0  # the stream of an answered call, and the `start` of an open socket
    media: float = 10.0  # the next media message
    token: float = 60.0  # the life of a stream's address
    closing: float = 1.0  # a peer's answer to our close
    unread: float = 2.0  # a peer that does not read what we send
    late: float = 2.0  # the answer of a worker that gets calls
    silent: float = 30.0  # a worker that does not answer, before another one takes its place


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """How many processes take calls, and how each of them logs; a `count` of 1 is this process alone."""

    count: int = 1
    level: str = "INFO"
    as_json: bool = False
    secrets: tuple[str, ...] = ()


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The server's settings.

    `public_base_url` is what Twilio puts before our paths, without a slash at the end; empty: this machine only.
    """

    host: str = HERE
    port: int = PORT  # 0: any free one
    public_base_url: str = ""
    auth_token: str = ""
    account_sid: str = ""
    api_url: str = "https://api.twilio.com"
    reload: float = 1.0  # seconds between looks at the files of the configs
    limits: Limits = Limits()

    @classmethod
    def read(
        cls, environment: Mapping[str, str], host: str | None = None, port: int = PORT, limits: Limits | None = None
    ) -> Options:
        """The settings as the environment gives them; without a host: all of them with an auth token, loopback without.

        Raises SettingError for an address or an account that is none, or settings that would leave the door open.
        """
        token = environment.get("TWILIO_AUTH_TOKEN", "").strip()
        address = public_url(environment.get("PUBLIC_BASE_URL", ""))
        if environment.get("PUBLIC_HOST"):
            logger.warning("PUBLIC_HOST is ignored: public addresses come from PUBLIC_BASE_URL alone")
        host = host or (ANYWHERE if token else HERE)
        _check_door(host, token, address)
        account = environment.get("TWILIO_ACCOUNT_SID", "").strip()
        if account and not ACCOUNT_SID.fullmatch(account):
            raise SettingError("TWILIO_ACCOUNT_SID is no account: it should be AC and 32 hex digits")
        return cls(
            host=host,
            port=port,
            public_base_url=address,
            auth_token=token,
            account_sid=account,
            limits=limits or Limits(),
        )

    def __repr__(self) -> str:
        return f"<Options {self.host}:{self.port} {self.public_base_url}>"


def public_url(text: str) -> str:
    """An address as PUBLIC_BASE_URL may hold it, without the slash at its end; empty if it is not set.

    Raises SettingError if it is not `https://host`, with a port and a path if need be (`http://` for loopback only).
    """
    text = text.strip().rstrip("/")
    if text and (fault := _url_fault(text)):
        raise SettingError(f"PUBLIC_BASE_URL {text[:100]!r} {fault}; it should look like https://agent.example.com")
    return text


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url_fault(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        return "holds characters that no address has"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"is not an address ({error})"
    if parts.scheme not in ("https", "http") or not host:
        return "is not an https address"
    if parts.scheme == "http" and not is_loopback(host):
        return "is not https, and Twilio opens media streams over TLS alone"
    if parts.query or parts.fragment or parts.username is not None:
        return "has more than a host, a port and a path"
    return ""


def _check_door(host: str, token: str, address: str) -> None:
    if not token and not is_loopback(host):
        raise SettingError(
            f"without TWILIO_AUTH_TOKEN anybody could call the agent, so it listens on this machine alone: "
            f"set it, or use --host {HERE} instead of {host}"
        )
    if token and not address:
        raise SettingError(
            "TWILIO_AUTH_TOKEN is set but PUBLIC_BASE_URL is not, and signatures cover the public address"
        )
    if not token:
        who = f"whoever reaches {address}" if address else "any program on it"
        logger.warning("TWILIO_AUTH_TOKEN is not set: listening on this machine alone, to {}", who)
