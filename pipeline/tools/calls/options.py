"""The options of `calls`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Json, option


class CallsOptions(Struct, frozen=True, kw_only=True):
    """The options of `calls`."""

    calls: Annotated[
        tuple[str, ...],
        option(metavar="CALL", nargs="*", help="a folder of calls, a pattern, a CallSid (default: calls)"),
    ] = ("calls",)
    since: Annotated[
        str | None,
        option("--since", metavar="WHEN", help="only later ones: 2h, 3d, today, yesterday, 2026-11-22, 22:15"),
    ] = None
    number: Annotated[
        str | None, option("--number", metavar="NUMBER", help="only those with it, however it is written")
    ] = None
    faulty: Annotated[bool, option("--faulty", help="only those in which something went wrong")] = False
    last: Annotated[int, option("--last", metavar="N", help="only the newest N")] = 0
    as_json: Json = False
