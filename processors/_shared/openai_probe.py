"""Whether an OpenAI-compatible server will serve a step, and what to do if it will not.

Source: https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.providers.probe import Probe, Unserved
from processors._shared.openai_client import Account, PlainErrors, ProviderFault, client

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Instead = Callable[["AsyncOpenAI"], Awaitable[object]]

NO_PAGE = (404, 405, 501)  # how servers say that they have no list of models
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


def model_probe(account: Account, instead: Instead) -> Probe:
    """Ask for the model's page; of a server that has none, `instead`, the smallest real request."""
    return server_probe(account, f"the model {account.model}", partial(_page, account, instead))


def server_probe(account: Account, asked: str, ask: Callable[[], Awaitable[str]]) -> Probe:
    """A question to the account's server, whose library takes most of a second to import."""
    importlib.import_module("openai")
    return Probe(asked, (asked, account.base_url, account.key), ask)


@asynccontextmanager
async def asking(account: Account) -> AsyncIterator[AsyncOpenAI]:
    """A client for one question; what goes wrong in the block says what to do about it."""
    try:
        async with client(account) as opened:
            with PlainErrors(account.key):
                yield opened
    except ProviderFault as fault:
        raise Unserved(str(fault), advice(fault.status, account)) from None
    except TimeoutError as error:
        raise Unserved(str(error), advice(0, account)) from None


def advice(status: int, account: Account) -> str:
    """What to do about an HTTP status; 0 is none at all."""
    text = ADVICE.get(status) or (ADVICE[500] if status >= 500 else "")
    return text.format(host=urlsplit(account.base_url).netloc.rpartition("@")[2], model=account.model)


async def _page(account: Account, instead: Instead) -> str:
    async with asking(account) as opened:
        try:
            with PlainErrors(account.key):
                found = await opened.models.retrieve(account.model)
            if getattr(found, "id", None):
                return "it is there"
        except ProviderFault as fault:
            if fault.status not in NO_PAGE or fault.code == "model_not_found":
                raise
        await instead(opened)
        return "the server has no page of it; a small request was answered"
