"""The client of OpenAI-compatible servers: its account, its connections, and its errors in a few words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Protocol
from urllib.parse import urlsplit

from pipeline.faults import KavError, ProviderError
from pipeline.settings import Duration, Secret, doc
from processors._shared.openai_address import (
    address_doubts,
    address_faults,
    is_here,
    is_openai,
    shown,
    unanswered,
    unproxied,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAIError

KEEP = 60.0  # seconds that an idle connection is kept: a caller's next turn comes after the library's own 5
LONGEST = 300  # characters of a server's message in an error


BaseUrl = Annotated[str, doc("Address of the OpenAI-compatible server, with its /v1.")]
Key = Annotated[Secret, doc("API key; blank for a server that asks for none.", sample="${OPENAI_API_KEY}")]
Connect = Annotated[Duration, doc("How long it may take to reach the server.", 0.01, 30)]


class Account(Protocol):
    """The settings that every step with an OpenAI-compatible server has: its address, key and model."""

    @property
    def base_url(self) -> str: ...
    @property
    def key(self) -> Secret: ...
    @property
    def model(self) -> str: ...
    @property
    def connect(self) -> float: ...
    def lacks(self) -> Iterable[tuple[str, str]]: ...


def account_faults(account: Account) -> Iterable[tuple[str, str]]:
    """Yield the faults of the account's settings, for a step's `faults`."""
    return (("base_url", fault) for fault in address_faults(account.base_url))


def account_doubts(account: Account) -> Iterable[tuple[str, str]]:
    """Yield the doubtful settings of the account, for a step's `doubts`."""
    return (("base_url", doubt) for doubt in address_doubts(account.base_url, bool(account.key)))


def account_lacks(account: Account, variable: str) -> Iterable[tuple[str, str]]:
    """Yield the missing settings, for a step's `lacks`; `variable` is an example of one that names the model.

    A config may be checked without its secrets.
    """
    if not account.model:
        yield "model", f"is blank; name one, e.g. in the variable {variable}"
    if not account.key and is_openai(account.base_url):
        yield "key", "is needed for api.openai.com; set the variable OPENAI_API_KEY"


class ProviderFault(ProviderError):
    """A request to a server failed; `status` is its HTTP status, 0 for none, `code` the server's own, or blank.

    `wait` is the server's Retry-After in seconds; None if it sent none.
    """

    def __init__(self, text: str, status: int = 0, code: str = "", wait: float | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.wait = wait


def require(account: Account) -> None:
    """Raise KavError if the account has no key where one is needed, or no model."""
    if lacks := [f"`{field}` {text}" for field, text in account.lacks()]:
        raise KavError("; ".join(lacks))


async def warn_if_down(account: Account) -> None:
    """Log a warning if no server listens at an address of this machine: it may be started later.

    Servers elsewhere are left alone.
    """
    address = urlsplit(account.base_url)
    if not is_here(account.base_url):
        return
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        async with asyncio.timeout(account.connect):
            _, writer = await asyncio.open_connection(address.hostname, port)
    except (OSError, TimeoutError):
        from loguru import logger

        logger.warning("SERVER_DOWN nothing answers at {}: {}", shown(account.base_url), unanswered(account.base_url))
    else:
        writer.close()


@asynccontextmanager
async def client(account: Account) -> AsyncIterator[AsyncOpenAI]:
    """Open a client for all calls; it never retries, and has no time limit but that of the connection.

    Both are the steps' own, which know the time that a caller's turn has left.
    Raises KavError if the key or the model is missing. Source: openai-python's README, "Retries" and "Timeouts".
    """
    require(account)
    import httpx2  # imported here: other configs need not wait for it
    import openai

    timeout = httpx2.Timeout(None, connect=account.connect)
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=KEEP)
    mounts = unproxied(account.base_url)
    async with openai.AsyncOpenAI(
        base_url=account.base_url,
        api_key=account.key.reveal() or "none",  # the library insists on one
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultAsyncHttpx2Client(timeout=timeout, limits=limits, mounts=mounts),
    ) as opened:
        yield opened


class PlainErrors:
    """A context that turns the library's errors into ProviderFault, without the key, or TimeoutError."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and (plain := _plain(error, self._account)) is not None:
            raise plain from None


def _plain(error: BaseException, account: Account) -> Exception | None:
    import httpx2
    import openai

    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return TimeoutError(f"{shown(account.base_url)} cannot be reached in time")
    if isinstance(error, openai.APIConnectionError):
        return unreachable(account, error.__cause__ or error)
    if isinstance(error, openai.OpenAIError):
        return told(error, account.key)
    if isinstance(error, httpx2.HTTPError):
        return ProviderFault(f"the connection to {shown(account.base_url)} broke: {type(error).__name__}")
    return None


def unreachable(account: Account, error: BaseException) -> ProviderFault:
    """Return the fault of a server that cannot be connected to: its address, the reason, and advice if it is here."""
    advice = unanswered(account.base_url)
    text = f"no connection to {shown(account.base_url)}: {error}"
    return ProviderFault(clean(f"{text}; {advice}" if advice else text, account.key))


def told(error: OpenAIError, key: Secret) -> ProviderFault:
    """Return the library's error as a ProviderFault of one line: status, code, and the server's message."""
    status, code = getattr(error, "status_code", 0), getattr(error, "code", None) or ""
    response, body = getattr(error, "response", None), getattr(error, "body", None)
    words = (body.get("message"),) if isinstance(body, dict) else (error, error.__cause__)
    text = " ".join(str(each) for each in (status, code, *words) if each)
    return ProviderFault(
        clean(text, key), status, code, retry_after(response.headers) if response is not None else None
    )


def clean(text: str, key: Secret) -> str:
    """Return a server's message fit for the log: one line of at most 300 characters, the key masked."""
    text = " ".join(text.split())
    return (text.replace(key.reveal(), "•••") if key else text)[:LONGEST]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the Retry-After of a response, seconds; infinite if it is a date, None if there is none."""
    asked = headers.get("retry-after")
    if asked is None:
        return None
    try:
        return float(asked)
    except ValueError:
        return float("inf")
