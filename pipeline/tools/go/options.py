"""The options of `go`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from pipeline.log.encodable import as_utf8
from pipeline.tools.verb import Changes, Json, LogJson, LogLevel, StandIns, option


class GoOptions(Struct, frozen=True, kw_only=True):
    """The options of `go`."""

    target: Annotated[str, option(help="a config (an agent is started for it), or an http(s):// or ws(s):// address")]
    steps: Annotated[tuple[int, ...], option("--step", metavar="N", choices=range(1, 5), help="this step alone")] = ()
    greeting: Annotated[
        Literal["yes", "no"] | None,
        option("--greeting", help="whether a quiet caller is to be greeted (default: the config's)"),
    ] = None
    say: Annotated[
        tuple[str, ...],
        option("--say", metavar="TEXT", nargs="+", type=as_utf8, help="the caller's lines, two texts or more"),
    ] = ()
    wavs: Annotated[tuple[Path, ...], option("--wav", metavar="FILE", help="the same, as recordings")] = ()
    script: Annotated[
        Path | None, option("--script", metavar="FILE", help="the caller's lines from this YAML file")
    ] = None
    language: Annotated[
        str, option("--language", metavar="TAG", help="the caller's language (default: the config's)")
    ] = ""
    patience: Annotated[
        float, option("--patience", metavar="S", help="seconds to wait for an answer (%(default)s)")
    ] = 15.0
    token: Annotated[
        str | None,
        option("--token", metavar="T", help="the Twilio auth token to sign with (default: TWILIO_AUTH_TOKEN)"),
    ] = None
    public_url: Annotated[
        str,
        option(
            "--public-url",
            metavar="URL",
            help="the address that Twilio has for the target (PUBLIC_BASE_URL), to sign for; the target is dialled",
        ),
    ] = ""
    as_json: Json = False
    changes: Changes = ()
    stand_ins: StandIns = False
    log_level: LogLevel = "WARNING"
    log_json: LogJson = False
