"""The options of `storm`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Changes, Json, option


class StormOptions(Struct, frozen=True, kw_only=True):
    """The options of `storm`."""

    config: Annotated[str, option(nargs="?", help="a config (default: %(default)s)")] = "kav:demo"
    calls: Annotated[int, option("--calls", metavar="N", help="how many, five at a time (default: %(default)s)")] = 1000
    seed: Annotated[
        int, option("--seed", metavar="N", help="of the run: the same one is the same calls (%(default)s)")
    ] = 1
    only: Annotated[
        int | None,
        option("--only", metavar="SEED", help="the five calls of this seed alone, as a failure names it"),
    ] = None
    changes: Changes = ()
    as_json: Json = False
    allow: Allow = ()
