"""The options of `print`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Changes, Json, option


class PrintOptions(Struct, frozen=True, kw_only=True):
    """The options of `print`."""

    config: Annotated[str, option(help="a YAML file")]
    changes: Changes = ()
    swap: Annotated[
        str | None,
        option("--swap", metavar="YAML", help="replace steps first, e.g. '{asr: {asr.script: {say: [hi]}}}'"),
    ] = None
    defaults: Annotated[bool, option("--defaults", help="show settings that are left at their defaults, too")] = False
    as_json: Json = False
    allow: Allow = ()
