"""The client of OpenAI-compatible servers: its account, its connections, and its errors in a few words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Protocol
from urllib.parse import urlsplit

from pipeline.faults import KavError, ProviderError
from pipeline.settings import Duration, Secret, doc

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAIError

OPENAI = "https://api.openai.com/v1"
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


def account_faults(account: Account) -> Iterable[tuple[str, str]]:
    """Yield the faults of the account's settings, for a step's `faults`."""
    address = urlsplit(account.base_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        yield "base_url", f"is no address, e.g. {OPENAI}"


def account_lacks(account: Account) -> Iterable[tuple[str, str]]:
    """Yield the missing settings, for a step's `lacks`: a config may be checked without its secrets."""
    if not account.model:
        yield "model", "is blank; name one, e.g. in the variable LLM_MODEL"
    if not account.key and urlsplit(account.base_url).hostname == urlsplit(OPENAI).hostname:
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


@asynccontextmanager
async def client(account: Account) -> AsyncIterator[AsyncOpenAI]:
    """Open a client for all calls; it never retries, and has no time limit but that of the connection.

    Both are the steps' own, which know the time that a caller's turn has left.
    Raises KavError if the key or the model is missing. Source: openai-python's README, "Retries" and "Timeouts".
    """
    if lacks := [f"`{field}` {text}" for field, text in account_lacks(account)]:
        raise KavError("; ".join(lacks))
    import httpx2  # imported here: other configs need not wait for it
    import openai

    timeout = httpx2.Timeout(None, connect=account.connect)
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=KEEP)
    async with openai.AsyncOpenAI(
        base_url=account.base_url,
        api_key=account.key.reveal() or "none",  # the library insists on one
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultAsyncHttpx2Client(timeout=timeout, limits=limits),
    ) as opened:
        yield opened


class PlainErrors:
    """A context that turns the library's errors into ProviderFault, without the key, or TimeoutError."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and (plain := _plain(error, self._key)) is not None:
            raise plain from None


def _plain(error: BaseException, key: Secret) -> Exception | None:
    import httpx2
    import openai

    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return TimeoutError("the server cannot be reached in time")
    if isinstance(error, openai.OpenAIError):
        return told(error, key)
    if isinstance(error, httpx2.HTTPError):
        return ProviderFault(f"the connection broke: {type(error).__name__}")
    return None


def told(error: OpenAIError, key: Secret) -> ProviderFault:
    """Return the library's error as a ProviderFault of one line: status, code, and the server's message."""
    status, code = getattr(error, "status_code", 0), getattr(error, "code", None) or ""
    response, body = getattr(error, "response", None), getattr(error, "body", None)
    words = (body.get("message"),) if isinstance(body, dict) else (error, error.__cause__)
    text = " ".join(str(each) for each in (status, code, *words) if each)
    return ProviderFault(clean(text, key), status, code, _wait(response.headers) if response is not None else None)


def clean(text: str, key: Secret) -> str:
    """Return a server's message fit for the log: one line of at most 300 characters, the key masked."""
    text = " ".join(text.split())
    return (text.replace(key.reveal(), "•••") if key else text)[:LONGEST]


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return the Retry-After of a response, seconds; infinite if it is a date, None if there is none."""
    asked = headers.get("retry-after")
    if asked is None:
        return None
    try:
        return float(asked)
    except ValueError:
        return float("inf")
