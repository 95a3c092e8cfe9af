"""The server's settings: its address, its public URL, its Twilio account and its time limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

import msgspec
from loguru import logger

from pipeline.environment.pasted import key_fault
from pipeline.environment.variables import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    PER_ADDRESS,
    PORT,
    PUBLIC_BASE_URL,
    PUBLIC_HOST,
    Variable,
    read,
    told,
)
from pipeline.faults import KavError
from pipeline.redaction.secrets import learn
from pipeline.server.address import ANYWHERE, HERE, MAX_PORT, Address, is_loopback

MOST_WAITING = 1024  # connections that may wait for a request, of all addresses
DEFAULT_PORT = int(PORT.default)
ACCOUNT_FORM = re.compile(r"AC[0-9a-f]{32}")


class SettingError(KavError):
    """The server cannot start with these settings."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The server's time limits, in seconds."""

    head: float = 5.0  # until the head of a connection's first request has arrived
    idle: float = 15.0  # for which a connection may stay open between an answer and the next request
    answer: float = 10.0  # for which a peer may leave an answer unread
    body: float = 5.0  # until a webhook's body has arrived
    start: float = 5.0  # until an answered call's stream has opened, and until an open socket has sent `start`
    media: float = 10.0  # between two media messages
    quiet: float = 60.0  # the same on a line whose peer answers pings: some send nothing while the caller is quiet
    token: float = 60.0  # for which a stream's address is valid
    closing: float = 1.0  # until the peer has answered our close frame
    unread: float = 2.0  # for which a peer may leave our messages unread
    viewer: float = 5.0  # for which a page of the console may do so
    silent_reader: float = 2.5  # for which a peer may owe the answer to a ping, while it is sent sound
    late: float = 2.0  # for which a worker may owe an answer and still get calls
    silent: float = 30.0  # for which a worker may owe an answer before its process is replaced
    hand_over: float = 5.0  # for which a server may owe an answer to the one that takes its port over


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """The number of processes that take calls, and their log settings; a `count` of 1 is this process alone."""

    count: int = 1
    level: str = "INFO"
    as_json: bool = False


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The server's settings.

    `public_base_url` is the URL that Twilio puts before our paths, without a slash at its end; empty if only this
    machine reaches the server.
    """

    host: str = HERE
    port: int = DEFAULT_PORT  # 0: any free port
    admin: Address | None = None  # the listener of health and metrics; None: there is none
    public_base_url: str = ""
    auth_token: str = ""
    account_sid: str = ""
    api_url: str = "https://api.twilio.com"
    reload: float = 1.0  # seconds between checks of the configs' files
    acts: bool = False  # tools do what they are asked to, but not for the console's phone; else they rehearse
    rehearsal: bool = False  # calls are not real: no step does its work after a call
    watched: bool = False  # the calls have rows and can be watched, by a console
    per_address: int = 256  # connections of one address that may wait for a request
    limits: Limits = Limits()

    @classmethod
    def read(
        cls,
        environment: Mapping[str, str],
        host: str | None = None,
        port: int | None = None,
        limits: Limits | None = None,
        admin: Address | None = None,
        unsigned: bool = False,
    ) -> Options:
        """Return the settings of the environment.

        The default host is every interface with an auth token, and loopback without; the default port is PORT, or 8080.
        Raises SettingError for a malformed URL, account or port, for a public host without a token, for a token
        without a public URL, and, unless `unsigned`, for a public URL without a token.
        """
        token, account = told(AUTH_TOKEN, environment), told(ACCOUNT_SID, environment)
        address = public_url(told(PUBLIC_BASE_URL, environment))
        host = host or (ANYWHERE if token else HERE)
        _check_door(host, token, address, unsigned)
        _check_keys(token, account)
        _warn(environment, address)
        return cls(
            host=host,
            port=port_of(environment) if port is None else port,
            admin=admin,
            public_base_url=address,
            auth_token=token,
            account_sid=account,
            per_address=_per_address(environment),
            limits=limits or Limits(),
        )

    def __repr__(self) -> str:
        return f"<Options {self.host}:{self.port} {self.public_base_url}>"


def _warn(environment: Mapping[str, str], address: str) -> None:
    if not read(AUTH_TOKEN, environment):
        _warn_unsigned(address, read(PORT, environment))
    if read(PUBLIC_HOST, environment):
        logger.warning("PUBLIC_HOST is ignored: public addresses come from PUBLIC_BASE_URL alone")
    if read(ACCOUNT_SID, environment) and not read(AUTH_TOKEN, environment):
        logger.warning("TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN, without which no call can be ended")


def faults(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables whose values keep a server from starting, each with a sentence."""
    token, account = read(AUTH_TOKEN, environment), read(ACCOUNT_SID, environment)
    checks: dict[Variable, Callable[[], object]] = {
        PUBLIC_BASE_URL: lambda: public_url(read(PUBLIC_BASE_URL, environment)),
        AUTH_TOKEN: lambda: _check_token(token),
        ACCOUNT_SID: lambda: _check_account(account),
        PORT: lambda: port_of(environment),
        PER_ADDRESS: lambda: _per_address(environment),
    }
    for variable, check in checks.items():
        try:
            check()
        except SettingError as error:
            yield variable.name, str(error)


def port_of(environment: Mapping[str, str]) -> int:
    """Return the port of the variable PORT, which platforms set, else 8080; raises SettingError for a bad value."""
    text = read(PORT, environment)
    if text and not (text.isdecimal() and text.isascii() and int(text) <= MAX_PORT):
        raise SettingError(
            f"PORT {text[:100]!r} is not a port: the variable has to be a number up to {MAX_PORT}; correct it, unset "
            "it, or use --port"
        )
    return int(text) if text else DEFAULT_PORT


def _per_address(environment: Mapping[str, str]) -> int:
    text = read(PER_ADDRESS, environment) or PER_ADDRESS.default
    if not (text.isdecimal() and text.isascii() and 1 <= int(text[:9]) <= MOST_WAITING):
        raise SettingError(
            f"{PER_ADDRESS.name} {text[:100]!r} is not a number of connections: it has to be 1 to {MOST_WAITING}; "
            "correct it, or unset it"
        )
    return int(text)


def public_url(text: str) -> str:
    """Return the value of PUBLIC_BASE_URL without spaces around it and slashes at its end; empty if it is not set.

    Raises SettingError if it is not `https://host` with an optional port and path (`http://` for loopback only).
    """
    text = text.strip().rstrip("/")
    if text and (fault := _url_fault(text)):
        raise SettingError(f"PUBLIC_BASE_URL {text[:100]!r} {fault}; it should look like https://agent.example.com")
    return text


def _url_fault(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        return "has characters that a URL must not have"
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


def _check_keys(token: str, account: str) -> None:
    _check_token(token)
    _check_account(account)


def _check_token(token: str) -> None:
    learn(token)  # before any message about it
    if wrong := key_fault(token):
        raise SettingError(f"TWILIO_AUTH_TOKEN {wrong}")
    if ACCOUNT_FORM.fullmatch(token):
        raise SettingError("TWILIO_AUTH_TOKEN holds an account SID: the auth token stands below it in Twilio's console")


def _check_account(account: str) -> None:
    if account and not ACCOUNT_FORM.fullmatch(account):
        raise SettingError("TWILIO_ACCOUNT_SID is not an account SID: it should be AC and 32 hex digits")


def _check_door(host: str, token: str, address: str, unsigned: bool) -> None:
    if not token and not is_loopback(host):
        raise SettingError(
            f"without TWILIO_AUTH_TOKEN anybody could call the agent, so it listens on this machine alone: "
            f"set it, or use --host {HERE} instead of {host}"
        )
    if token and not address:
        raise SettingError(
            "TWILIO_AUTH_TOKEN is set but PUBLIC_BASE_URL is not, and signatures cover the public address: set "
            "it to the https address at which Twilio reaches this server, e.g. https://agent.example.com"
        )
    if address and not token and not unsigned:
        # The way to a public address is a tunnel or a proxy to this machine, so that listening on loopback alone keeps
        # no stranger out.
        raise SettingError(
            f"PUBLIC_BASE_URL is set but TWILIO_AUTH_TOKEN is not: every program that reaches {address} could call the "
            f"agent, and each call costs; set the token, unset PUBLIC_BASE_URL, or allow it with --unsigned"
        )


def _warn_unsigned(address: str, port: str) -> None:
    who = f"all that reach {address}" if address else "any program on it"
    logger.warning("TWILIO_AUTH_TOKEN is not set: listening on this machine alone, to {}", who)
    if port.strip():
        logger.warning(
            "PORT is set, as by a hosting platform, which reaches the server only if TWILIO_AUTH_TOKEN is set"
        )
