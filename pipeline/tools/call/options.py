"""The options of `call`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.log.encodable import as_utf8
from pipeline.tools.verb import Allow, Changes, Json, LogJson, LogLevel, Really, StandIns, option


class CallOptions(Struct, frozen=True, kw_only=True):
    """The options of `call`: the agent, and the caller's part of the call."""

    target: Annotated[str, option(help="a config (an agent is started for it), or an http(s):// or ws(s):// address")]
    wavs: Annotated[tuple[Path, ...], option("--wav", metavar="FILE", help="speak this WAV file")] = ()
    say: Annotated[
        tuple[str, ...],
        option("--say", metavar="TEXT", nargs="+", type=as_utf8, help="speak these words, one reply after each"),
    ] = ()
    script: Annotated[Path | None, option("--script", metavar="FILE", help="do what this YAML file says")] = None
    out: Annotated[Path | None, option("--out", metavar="FILE", help="write the call's sound to this WAV file")] = None
    as_json: Json = False
    limit: Annotated[float, option("--limit", metavar="S", help="seconds a call may take (%(default)s)")] = 120.0
    changes: Changes = ()
    stand_ins: StandIns = False
    really: Really = False
    log_level: LogLevel = "INFO"
    log_json: LogJson = False
    allow: Allow = ()
