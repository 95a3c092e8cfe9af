"""The settings of `mcp`, and their rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from abilities._shared.keys_of import WRITTEN, mask_keys, written_keys
from pipeline.settings import doc
from pipeline.tool import ToolSettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_UNSET = ToolSettings()
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PIN = re.compile(r"[0-9a-f]{16}")


class McpSettings(ToolSettings, frozen=True, kw_only=True):
    """The settings of `mcp`; those that all tools have are the defaults of the tools in `allow`."""

    url: Annotated[str, doc("Address of the server, which speaks streamable HTTP.")] = ""
    headers: Annotated[dict[str, str], doc("Headers of each request, e.g. its key.")] = {}
    command: Annotated[list[str], doc("The program that is the server, and its arguments, instead of `url`.")] = []
    env: Annotated[dict[str, str], doc("Variables of the program; of Kav's own it has HOME, PATH and the like.")] = {}
    allow: Annotated[
        dict[str, ToolSettings], doc("The server's tools that are offered, each with settings that all tools have.")
    ] = {}
    pin: Annotated[str, doc("Of their names, words and schemas, as `check --online` prints it; blank: any.")] = ""

    def __post_init__(self) -> None:
        mask_keys(self.headers)
        mask_keys(self.env)

    def of(self, tool: str) -> ToolSettings:
        """Return the settings of an allowed tool: its own, and those of the whole as far as it has none."""
        own = self.allow[tool]
        left = [name for name in _UNSET.__struct_fields__ if getattr(own, name) == getattr(_UNSET, name)]
        return msgspec.structs.replace(own, **{name: getattr(self, name) for name in left} | {"name": own.name or tool})

    def faults(self) -> Iterable[tuple[str, str]]:
        if bool(self.url) == bool(self.command):
            yield "url", "and `command` are two ways to a server: it has to have one of them"
        if self.url and (wrong := _address_fault(self.url)):
            yield "url", wrong
        if not self.allow:
            yield "allow", "names no tool, and nothing else is offered: name them, e.g. find_contact: {}"
        if self.pin and not _PIN.fullmatch(self.pin):
            yield "pin", "is no pin: `check --online` prints one, of 16 letters and digits"
        if self.about:
            yield "about", "is that of each tool in `allow`, or the server's"
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or not value.isprintable():
                yield f"headers.{name}", "is no header"

    def doubts(self) -> Iterable[tuple[str, str]]:
        if self.url.startswith("http:") and urlsplit(self.url).hostname not in LOOPBACK:
            yield "url", "is not encrypted: everyone on the way can read it"
        if not self.pin and not self.command:
            yield "pin", "is missing: without it the model is told whatever words the server comes to have"
        for of in ("headers", "env"):
            yield from ((f"{of}.{name}", WRITTEN) for name in written_keys(getattr(self, of)))


def _address_fault(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "has to be an address such as https://mcp.example.com/mcp"
    return "has a password in it: `headers` is the place for it" if parts.username is not None else ""
