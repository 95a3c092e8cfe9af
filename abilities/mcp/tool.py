"""The tool `mcp`: a tool of a server, told to the model as the server has it, and used over the link."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from loguru import logger

from abilities.mcp.schema import MOST_WORDS, Listed, Schema, pin
from abilities.mcp.settings import McpSettings
from pipeline.arguments import Template
from pipeline.faults import KavError, clipped
from pipeline.providers.probe import Probe, Unserved
from pipeline.tool import Result, Tool, ToolFailed, ToolRefused, ToolUnknown, View

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from abilities.mcp.link import Link

MARGIN = 0.05  # seconds before the deadline, in which the outcome is told
MOST_SAID = 400  # characters of a server's own words about its error


class Mcp(Tool):
    """Uses a tool of a server of the Model Context Protocol (MCP)."""

    Settings = McpSettings
    effect = True  # unless `allow` says otherwise: a server's own word for it proves nothing
    outside = "an MCP server"
    imports = ("abilities.mcp.link",)

    shared: Link

    def __init__(self, settings: McpSettings, shared: Link | None = None, of: str = "") -> None:
        super().__init__(settings.of(of), shared)
        self.arguments: Schema = Schema(None)
        self._of = of  # its name at the server
        self._learnt = asyncio.Event()
        self.about = self.about or f"{of} of {settings.name or 'a server'}"
        if shared is not None:
            shared.tell(self.learn)

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, language: str) -> AsyncIterator[Link]:
        from abilities.mcp.link import linked

        async with linked(settings) as link:
            yield link

    @classmethod
    def offered(cls, settings: Any, shared: Any, word: str) -> Iterable[Tool]:
        """Return a tool for each one that is allowed; the model is offered it once the server has told of it."""
        return [cls(settings, shared, name) for name in settings.allow]

    @classmethod
    def changes(cls, written: Collection[str]) -> bool:
        return True

    @classmethod
    def probe(cls, settings: McpSettings, language: str) -> Probe | None:
        of = (settings.url, *settings.command, *settings.headers.items(), *settings.allow, settings.pin)
        return Probe("its tools", of, lambda: _probed(settings))

    def learn(self, listed: Mapping[str, Listed]) -> None:
        """Take over the words and the schema that the server has for it; a fault of them is logged, with its place."""
        found = listed.get(self._of)
        if fault := _fault(self._of, found, self.settings.confirm):
            logger.error("{}: {}; it is not offered", self.where, fault)
        elif found is not None:
            self.about = self.settings.about or clipped(found.words, MOST_WORDS) or self.about
            self.arguments = Schema(found.schema)
        self._learnt.set()

    async def known(self) -> None:
        await self._learnt.wait()

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        from abilities.mcp.client import Answered, Lost

        may_repeat = not self.is_effect or self.settings.idempotent
        try:
            found = await self.shared.use(self._of, arguments, call.deadline - MARGIN if may_repeat else None)
        except Lost as error:
            raise self._unknown("the service is gone") from error
        except Answered as error:
            text = f"the service answered: {clipped(str(error), MOST_SAID)}"
            raise ToolRefused(text) if error.refused else self._unknown(text) from error
        return self._result(found)

    def _result(self, found: CallToolResult) -> Result:
        from abilities.mcp.client import texts

        text = texts(found)
        if found.is_error:
            # What only reads has done nothing, and a customer who is not found is no failure of the service.
            kind = ToolFailed if self.is_effect else ToolRefused
            raise kind(f"the service answered: {clipped(text, MOST_SAID)}")
        left = sum(each.type != "text" for each in found.content)
        # What has pictures has them in its structured form, too.
        if found.structured_content is not None and not left:
            return Result(found.structured_content)
        data = _data(text)
        return Result({"text": data, "left_out": f"{left} that are no text"} if left else data)

    def _unknown(self, text: str) -> ToolFailed:
        return ToolUnknown(text) if self.is_effect else ToolFailed(text)


def _data(text: str) -> Any:
    """Return a text as the JSON object or list that it is, so that its fields can be hidden; any other as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return text


def _fault(name: str, found: Listed | None, confirm: str) -> str:
    """Return the fault of an allowed tool, as a sentence; blank if it has none."""
    if found is None:
        return f"the server has no tool `{clipped(name)}`"
    if fault := found.fault():
        return f"`{clipped(name)}` {fault}"
    known = found.schema.get("properties", {})
    unknown = [place for place, _ in Template(confirm).places if place not in known]
    return f"`confirm` has {{{unknown[0]}}}, which `{clipped(name)}` does not take" if unknown else ""


async def _probed(settings: McpSettings) -> str:
    from abilities.mcp.link import asked

    try:
        found = {each.name: each for each in await asked(settings) if each.name in settings.allow}
    except KavError as error:
        raise Unserved(str(error), "does the server run?") from error
    faults = [_fault(name, found.get(name), settings.of(name).confirm) for name in settings.allow]
    if fault := next(filter(None, faults), ""):
        raise Unserved(fault)
    now = pin(found.values())
    if settings.pin not in ("", now):
        raise Unserved("its tools have changed", f"if they are meant to be so: `pin: {now}`")
    return f"{len(found)} tools, pin {now}"
