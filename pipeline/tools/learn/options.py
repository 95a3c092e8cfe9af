"""The options of `learn`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Calls, Json, option


class LearnOptions(Struct, frozen=True, kw_only=True):
    """The options of `learn`."""

    calls: Calls
    out: Annotated[
        Path, option("--out", metavar="FILE", help="write the weights to this file (default: %(default)s)")
    ] = Path("prosody.json")
    config: Annotated[
        Path | None, option("--config", metavar="FILE", help="compare with this config, not with the last call's own")
    ] = None
    weights: Annotated[
        Path | None, option("--weights", metavar="FILE", help="compare with these weights, not with those in use")
    ] = None
    jobs: Annotated[int, option("--jobs", metavar="N", help="processes (default: one a core)")] = 0
    as_json: Json = False
    allow: Allow = ()
