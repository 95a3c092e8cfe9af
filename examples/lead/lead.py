"""A lead: the call's summary is posted to an HTTP address once the call is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from kav import CallSummary, Duration, Processor, ProviderError, Secret, StepSettings, doc


class Lead(Processor):
    """Posts a lead to `url` after each call in which the caller said something."""

    outside = "the network"

    class Settings(StepSettings, frozen=True, kw_only=True):
        url: Annotated[str, doc("The address, https://…", sample="${LEAD_URL}")]
        key: Annotated[Secret, doc("Sent as a bearer token; blank: none.", sample="${LEAD_KEY}")] = Secret("")
        timeout: Annotated[Duration, doc("How long the address may take to answer.", 0.1, 30)] = 10.0

        def faults(self) -> Iterable[tuple[str, str]]:
            if self.url and urlsplit(self.url).scheme not in ("http", "https"):
                yield "url", "is no address, e.g. https://crm.example.com/leads"

        def lacks(self) -> Iterable[tuple[str, str]]:
            if not self.url:
                yield "url", "is blank; set the variable LEAD_URL"

    settings: Settings
    shared: ClientSession

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[ClientSession]:
        async with ClientSession() as session:
            yield session

    async def after_call(self, summary: CallSummary) -> None:
        if not any(line.role == "user" for line in summary.conversation):
            return
        headers = {"Content-Type": "application/json", "Idempotency-Key": summary.sid}
        if self.settings.key:
            headers["Authorization"] = f"Bearer {self.settings.key.reveal()}"
        await post(self.shared, self.settings, headers, msgspec.json.encode(summary))


async def post(session: ClientSession, settings: Lead.Settings, headers: dict[str, str], body: bytes) -> None:
    """Post a lead; raises ProviderError if the address does not take it in time."""
    limit = ClientTimeout(total=settings.timeout)
    try:
        async with session.post(settings.url, data=body, headers=headers, timeout=limit) as response:
            if response.status >= 300:
                raise ProviderError(f"the address answered {response.status}")
    except TimeoutError:
        raise ProviderError(f"no answer in {settings.timeout:g} s") from None
    except ClientError as error:
        raise ProviderError(f"the address cannot be reached: {type(error).__name__}") from None
