"""The probe of OpenAI-compatible servers, and the remedy for each refusal.

Source: https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.faults import clipped
from pipeline.providers.probe import Probe, Unserved
from processors._shared.openai_address import is_here
from processors._shared.openai_client import Account, PlainErrors, ProviderFault, client

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Request = Callable[["AsyncOpenAI"], Awaitable[object]]

NO_PAGE = (404, 405, 501)  # HTTP statuses of servers without a list of models
ADVICE = {
    0: "see whether this machine reaches {host}: `base_url`, DNS, proxy, firewall",
    400: "the server does not take these settings: its words say which",
    401: "set `key` to one that is active in the provider's list of keys",
    403: "give the key's project access to `{model}`, or use a key that has it",
    404: "take a `model` that the provider lists for this key, and see that `base_url` has its /v1",
    422: "the server does not take these settings: its words say which",
    429: "look at the account's limits and its billing",
    500: "the provider is in trouble: look at its status page, and ask again later",
}


def model_probe(account: Account, request: Request, always: bool = False) -> Probe:
    """Return a probe of the model's page; a server without one gets `request`, the smallest real one, or `always`.

    A text that the request returns is told as well.
    """
    return server_probe(account, f"the model {account.model}", partial(_page, account, request, always))


def server_probe(account: Account, asked: str, ask: Callable[[], Awaitable[str]]) -> Probe:
    """Return a probe that runs `ask`; imports the library now, which takes most of a second."""
    importlib.import_module("openai")
    return Probe(asked, (asked, account.base_url, account.key), ask)


@asynccontextmanager
async def asking(account: Account) -> AsyncIterator[AsyncOpenAI]:
    """Open a client for one request; errors in the block are raised as Unserved with a remedy."""
    with unserved(account):
        async with client(account) as opened:
            with PlainErrors(account):
                yield opened


@contextmanager
def unserved(account: Account) -> Iterator[None]:
    """Raise faults and time limits of the block as Unserved, with a remedy."""
    try:
        yield
    except ProviderFault as fault:
        raise Unserved(str(fault), advice(fault.status, account)) from None
    except TimeoutError as error:
        raise Unserved(str(error), advice(0, account)) from None


def advice(status: int, account: Account) -> str:
    """Return the remedy for an HTTP status, 0 for no answer at all; blank if none is known.

    An address of this machine has its remedy in the error itself: DNS, proxies and firewalls are not in the way.
    """
    if not status and is_here(account.base_url):
        return ""
    text = ADVICE.get(status) or (ADVICE[500] if status >= 500 else "")
    return text.format(host=urlsplit(account.base_url).netloc.rpartition("@")[2], model=account.model)


def there(page: object) -> str:
    """Return the answer for a model's page, with the day on which the model ends, if the page names one.

    Source: https://developers.openai.com/api/docs/deprecations, `shutdown_date`.
    """
    day = getattr(page, "shutdown_date", None)
    return f"it is there, until {clipped(day)}" if isinstance(day, str) and day else "it is there"


async def _page(account: Account, request: Request, always: bool) -> str:
    async with asking(account) as opened:
        found = await _found(account, opened)
        if found and not always:
            return found
        note = await request(opened)
        answer = found or "the server has no page of it; a small request was answered"
        return f"{answer}; {note}" if isinstance(note, str) and note else answer


async def _found(account: Account, opened: AsyncOpenAI) -> str:
    """Return the answer for the model's page; blank if the server has no such pages. Raises ProviderFault."""
    try:
        with PlainErrors(account):
            found = await opened.models.retrieve(account.model)
        return there(found) if getattr(found, "id", None) else ""
    except ProviderFault as fault:
        if fault.status not in NO_PAGE or fault.code == "model_not_found":
            raise
        return ""
