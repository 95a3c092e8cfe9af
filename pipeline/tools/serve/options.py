"""The options of `serve`."""

from __future__ import annotations

import os
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Changes, LogJson, LogLevel, Port, StandIns, option

MOST = 128  # greatest number of workers


def workers(text: str) -> int:
    """Parse a number of workers, 1 to `MOST`, or `auto` for one a core; raises ValueError."""
    count = (os.cpu_count() or 1) if text == "auto" else int(text)
    if not 1 <= count <= MOST:
        raise ValueError
    return count


class ServeOptions(Struct, frozen=True, kw_only=True):
    """The options of `serve`."""

    configs: Annotated[
        tuple[str, ...],
        option(metavar="config", nargs="+", help="a YAML file; of several, each answers its own `numbers`"),
    ]
    host: Annotated[
        str | None,
        option("--host", help="address to listen on (default: all with TWILIO_AUTH_TOKEN, loopback without)"),
    ] = None
    port: Port = 8080
    workers: Annotated[
        int,
        option(
            "--workers",
            metavar="N",
            type=workers,
            help="processes that have the calls, or auto: one a core (default: %(default)s, this one alone)",
        ),
    ] = 1
    no_reload: Annotated[bool, option("--no-reload", help="keep the configs as loaded when their files change")] = False
    changes: Changes = ()
    stand_ins: StandIns = False
    log_level: LogLevel = "INFO"
    log_json: LogJson = False
