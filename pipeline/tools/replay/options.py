"""The options of `replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Calls, Changes, Json, StandIns, option


class ReplayOptions(Struct, frozen=True, kw_only=True):
    """The options of `replay`."""

    calls: Calls
    config: Annotated[
        Path | None, option("--config", metavar="FILE", help="replay with this config, not with each call's own")
    ] = None
    changes: Changes = ()
    trust_record: Annotated[
        bool, option("--trust-record", help="run plug-ins of the record that have never run on this machine")
    ] = False
    out: Annotated[
        Path | None, option("--out", "--wav", metavar="FILE", help="write the call as it would have sounded (WAV)")
    ] = None
    live: Annotated[bool, option("--live", help="ask the providers again, in real time")] = False
    stand_ins: StandIns = False
    as_json: Json = False
    allow: Allow = ()
