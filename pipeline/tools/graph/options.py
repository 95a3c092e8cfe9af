"""The options of `graph`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Changes, option


class GraphOptions(Struct, frozen=True, kw_only=True):
    """The options of `graph`."""

    config: Annotated[str, option(help="a YAML file")]
    svg: Annotated[
        Path | None,
        option("--svg", metavar="FILE", help="write a picture to this file, which needs no other tool"),
    ] = None
    out: Annotated[
        Path | None,
        option("--out", metavar="FILE", help="write it to this file: a picture if named .svg, else text"),
    ] = None
    swap: Annotated[
        str, option("--swap", metavar="YAML", help='steps in the place of others, e.g. "vad: vad.energy"')
    ] = ""
    changes: Changes = ()
    allow: Allow = ()
