"""The options of `tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Calls, Json, option


class TuneOptions(Struct, frozen=True, kw_only=True):
    """The options of `tune`."""

    calls: Calls
    vary: Annotated[tuple[str, ...], option("--vary", metavar="A.B=C..D", help="try these, e.g. vad.rms=120..400")]
    config: Annotated[Path | None, option("--config", metavar="FILE", help="tune this config, not each call's own")] = (
        None
    )
    out: Annotated[
        Path, option("--out", "--png", metavar="FILE", help="write the picture to this file (default: %(default)s)")
    ] = Path("tune.png")
    jobs: Annotated[int, option("--jobs", metavar="N", help="processes (default: one a core)")] = 0
    as_json: Json = False
    allow: Allow = ()
