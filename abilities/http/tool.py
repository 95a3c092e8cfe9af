"""The tool `http`: makes the request, and a result or an error for the model of its answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import hdrs

from abilities._shared.taking import values
from abilities.http.address import fill
from abilities.http.answers import pick, read, words
from abilities.http.settings import HttpSettings
from pipeline.arguments import Arguments, Template
from pipeline.arguments.template import MISSING, as_text, fill_data
from pipeline.net import Answer, Net, NoAnswer, NotSent, Request, TooLong, opened
from pipeline.providers.probe import Probe, Unserved
from pipeline.tool import Result, Tool, ToolFailed, ToolRefused, ToolUnknown, View

AGAIN = frozenset({502, 503, 504})  # statuses of a service that is not there for the moment
UNFIT = frozenset({401, 403, 408, 429})  # of 4xx: any request would get them now
PAUSE = 0.1  # seconds before the second attempt
LEFT = 0.5  # share of the time that a second attempt needs
MARGIN = 0.05  # seconds before the deadline, in which the outcome is told
PROBE = 5.0  # seconds for a probe

_SERVER = re.compile(r"^[a-z]+://[^/?#]*", re.IGNORECASE)


class Http(Tool):
    """Asks a web service, over `pipeline.net`."""

    Settings = HttpSettings
    outside = "the network"

    settings: HttpSettings
    shared: Net

    def __init__(self, settings: HttpSettings, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.arguments = Arguments(settings.takes, settings.timezone)

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, language: str) -> AsyncIterator[Net]:
        async with opened() as net:
            yield net

    @classmethod
    def probe(cls, settings: HttpSettings, language: str) -> Probe | None:
        if not settings.probe:
            return None
        return Probe(
            f"GET {settings.probe}", (settings.probe, tuple(settings.headers.items())), lambda: _probed(settings)
        )

    @classmethod
    def sample(cls, settings: HttpSettings) -> Any:
        return {"state": "done"} if settings.sample is None else settings.sample

    @classmethod
    def pointed(cls, settings: HttpSettings, url: str) -> HttpSettings:
        moved = {name: _moved(getattr(settings, name), url) for name in (settings.method, "probe")}
        return msgspec.structs.replace(settings, internal=True, **moved)

    @classmethod
    def changes(cls, written: Collection[str]) -> bool:
        return not {"get", "url"} & set(written)

    @property
    def is_effect(self) -> bool:
        """True for all methods but GET, unless the setting says otherwise."""
        effect = self.settings.effect
        return self.settings.method != "get" if effect is None else effect

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        request = self._request(arguments, call)
        answer = await self._asked(request, call)
        if answer.status >= 300:
            raise self._refused(answer)
        try:
            data = pick(read(answer), self.settings.under, self.settings.gives, self.settings.first)
        except ToolFailed as error:
            if not self.is_effect:
                raise
            data = {"status": answer.status, "note": str(error)}  # done it is, whatever the service says about it
        return Result(data)

    def _request(self, arguments: dict[str, Any], call: View) -> Request:
        settings = self.settings
        known = values(settings, arguments, call)
        headers = {"Accept": "application/json, text/plain;q=0.9"}
        headers |= {name: _header(text, known) for name, text in settings.headers.items()}
        if self.is_effect:
            headers["Idempotency-Key"] = call.key
        data = MISSING if settings.json is None else fill_data(settings.json, known)
        if data is not MISSING:
            headers = {"Content-Type": "application/json", **headers}
        return Request(
            method=settings.method.upper(),
            url=fill(settings.url, settings.query, known),
            headers=headers,
            body=None if data is MISSING else msgspec.json.encode(data),
            internal=settings.internal,
            fresh=self.is_effect,
        )

    async def _asked(self, request: Request, call: View) -> Answer:
        """Return the answer; a read, or an effect that may be done twice, is asked once more if it is worth a try."""
        loop = asyncio.get_running_loop()
        begun, end = loop.time(), call.deadline - MARGIN
        may_repeat = not self.is_effect or self.settings.idempotent

        def is_time() -> bool:
            return may_repeat and end - loop.time() > LEFT * (end - begun)

        try:
            answer = await self.shared.ask(request, max(0.0, end - begun))
            if answer.status not in AGAIN or not is_time():
                return answer
        except (NotSent, NoAnswer) as error:
            if not is_time():
                raise self._failed(error) from error
        except TooLong as error:
            return self._too_long(error)
        await asyncio.sleep(PAUSE)
        return await self._last(request, end - loop.time())

    async def _last(self, request: Request, seconds: float) -> Answer:
        try:
            return await self.shared.ask(request, seconds)
        except (NotSent, NoAnswer) as error:
            raise self._failed(error) from error
        except TooLong as error:
            return self._too_long(error)

    def _too_long(self, error: TooLong) -> Answer:
        if not self.is_effect:
            raise ToolFailed(f"the service cannot be used: {error}") from error
        return Answer(error.status, b"")

    def _failed(self, error: NotSent | NoAnswer) -> ToolFailed:
        if self.is_effect and isinstance(error, NoAnswer):
            return ToolUnknown(f"the service was asked, and {error}: it may have been done or not")
        return ToolFailed(f"the service did not answer: {error}")

    def _refused(self, answer: Answer) -> ToolFailed:
        """Return the error of a status: a refusal of this request, or the failure of a service that others share."""
        text = f"the service answered with HTTP {answer.status}"
        if answer.status < 400:
            text += ", which leads to another address"
        if 400 <= answer.status < 500:
            return (ToolFailed if answer.status in UNFIT else ToolRefused)(text + words(answer))
        if self.is_effect:
            return ToolUnknown(f"{text}: it may have been done or not")
        return ToolFailed(text + words(answer))


def _moved(address: str, url: str) -> str:
    """Return an address on another server."""
    return _SERVER.sub(lambda _: url, address, count=1)


def _header(text: str, known: dict[str, Any]) -> str:
    filled = Template(text).filled(known, lambda value, _way: as_text(value))
    return "".join(char for char in filled if char.isprintable())


async def _probed(settings: HttpSettings) -> str:
    headers = {name: value for name, value in settings.headers.items() if not Template(value).places}
    request = Request(method=hdrs.METH_GET, url=settings.probe, headers=headers, internal=settings.internal)
    async with opened() as net:
        try:
            answer = await net.ask(request, PROBE)
        except TooLong as error:
            answer = Answer(error.status, b"")
        except (NotSent, NoAnswer) as error:
            raise Unserved(str(error)) from error
    if answer.status >= 400:
        hint = "is its key right?" if answer.status in (401, 403) else ""
        raise Unserved(f"HTTP {answer.status}{words(answer)}", hint)
    return f"HTTP {answer.status}"
