"""The settings of `http`, and their rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from abilities._shared.keys_of import LACKED, WRITTEN, empty_keys, mask_keys, written_keys
from abilities._shared.taking import Taking
from abilities.http.address import faults as address_faults
from pipeline.arguments import Template
from pipeline.arguments.template import texts
from pipeline.settings import doc

METHODS = ("get", "post", "put", "patch", "delete")

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "idempotency-key"})


class HttpSettings(Taking, frozen=True, kw_only=True):
    """The settings of `http`: one address under the name of its method, and what is sent there."""

    get: Annotated[str, doc("Address that is asked, with {places}; it reads.")] = ""
    post: Annotated[str, doc("Address to which `json` is sent; an effect, as the next three are.")] = ""
    put: Annotated[str, doc("The same with PUT.")] = ""
    patch: Annotated[str, doc("The same with PATCH.")] = ""
    delete: Annotated[str, doc("The same with DELETE.")] = ""
    query: Annotated[dict[str, Any], doc("The address's query; an entry whose value is missing is left out.")] = {}
    json: Annotated[Any, doc('The body, as JSON; `"{rooms}"` alone stays a number.')] = None
    headers: Annotated[dict[str, str], doc("Headers of the request, e.g. its key.")] = {}
    under: Annotated[str, doc("The name in the answer under which the result is, e.g. data.items.")] = ""
    gives: Annotated[list[str], doc("Fields of the result that the model is told; none: all.")] = []
    first: Annotated[int, doc("How many of a list the model is told; unset: all.", 1, 1000)] | None = None
    internal: Annotated[bool, doc("The address may be a private one.")] = False
    sample: Annotated[Any, doc("An answer of the service, e.g. a list: given with `--stand-ins`, nowhere else.")] = None
    probe: Annotated[str, doc("Address that `check --online` asks, with the same headers.")] = ""

    def __post_init__(self) -> None:
        mask_keys(self.headers)

    @property
    def method(self) -> str:
        """The method, in small letters; blank if there is none."""
        return next((name for name in METHODS if getattr(self, name)), "")

    @property
    def url(self) -> str:
        """The address."""
        return str(getattr(self, self.method)) if self.method else ""

    def faults(self) -> Iterable[tuple[str, str]]:
        yield from super().faults()
        given = [name for name in METHODS if getattr(self, name)]
        if len(given) != 1:
            text = (
                f"has to be one of them: {', '.join(given)}" if given else "has to have an address, or another method"
            )
            yield (given[1] if given else "get"), text
        optional = frozenset(name for name, argument in self.takes.items() if argument.optional)
        for name in (*given, *(["probe"] if self.probe else [])):
            yield from ((name, text) for text in address_faults(getattr(self, name), optional))
        if self.probe and Template(self.probe).places:
            yield "probe", "has a place, and is asked outside of a call"
        if self.json is not None and self.method == "get":
            yield "json", "is the body of a request, and `get` has none: `query` is the place for it"
        yield from self._header_faults()

    def doubts(self) -> Iterable[tuple[str, str]]:
        if self.internal:
            yield "internal", "lets this tool reach addresses inside your network"
        for name in (*METHODS, "probe"):
            if getattr(self, name).startswith("http:") and not self.internal:
                yield name, "is not encrypted: everyone on the way can read it"
        yield from ((f"headers.{name}", WRITTEN) for name in written_keys(self.headers))

    def templates(self) -> Iterator[tuple[str, str]]:
        yield from super().templates()
        yield from ((name, getattr(self, name)) for name in METHODS if getattr(self, name))
        for name in ("query", "json", "headers"):
            yield from texts(getattr(self, name), name)

    def lacks(self) -> Iterable[tuple[str, str]]:
        yield from ((f"headers.{name}", LACKED) for name in empty_keys(self.headers))

    def _header_faults(self) -> Iterator[tuple[str, str]]:
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name):
                yield f"headers.{name}", "is no name of a header"
            elif name.lower() in _OURS:
                yield f"headers.{name}", "is set by the request itself"
            elif not value.isprintable():
                yield f"headers.{name}", "has characters that a header cannot have"
