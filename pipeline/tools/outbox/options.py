"""The options of `outbox`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Changes, Json, option


class OutboxOptions(Struct, frozen=True, kw_only=True):
    """The options of `outbox`."""

    words: Annotated[
        tuple[str, ...],
        option(metavar="[list|send|drop] CONFIG", nargs="+", help="list (the default), send or drop; then YAML files"),
    ]
    call: Annotated[tuple[str, ...], option("--call", metavar="CALLSID", help="only this call")] = ()
    dead: Annotated[bool, option("--dead", help="send: those that were given up, too; drop: only those")] = False
    yes: Annotated[bool, option("--yes", help="drop without asking")] = False
    changes: Changes = ()
    as_json: Json = False
