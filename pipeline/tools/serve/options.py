"""The options of `serve`."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from typing import Annotated

from msgspec import Struct

from pipeline.server.address import DEFAULT_ADMIN, Address
from pipeline.tools.verb import Allow, Changes, LogJson, LogLevel, Option, Port, StandIns, option

MOST = 128  # greatest number of workers


def workers(text: str) -> int:
    """Parse a number of workers, 1 to `MOST`, or `auto` for one a core; raises ValueError."""
    count = (os.cpu_count() or 1) if text == "auto" else int(text)
    if not 1 <= count <= MOST:
        raise ValueError
    return count


def listener(text: str) -> Address | None:
    """Parse the address of a listener, None for `off`; raises ArgumentTypeError."""
    try:
        return None if text.strip().lower() == "off" else Address.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{error}, or off") from None


def console_address(default: str) -> Option:
    """Declare the option of the console's address, with its default in words."""
    pages = "the console, the pages to talk to the agents and to see their calls"
    return option(
        "--console", metavar="[HOST:]PORT", type=listener, help=f"address of {pages}, or off (default: {default})"
    )


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
    port: Port = None
    admin: Annotated[
        Address | None,
        option(
            "--admin",
            metavar="[HOST:]PORT",
            type=listener,
            help="address of /healthz, /readyz and /metrics, or off (default: 127.0.0.1:9090, or a free port)",
        ),
    ] = DEFAULT_ADMIN
    console: Annotated[
        Address | None,
        console_address("off"),
    ] = None
    console_url: Annotated[
        str,
        option("--console-url", metavar="URL", help="https address of the console, if a proxy stands before it"),
    ] = ""
    console_edit: Annotated[
        bool, option("--console-edit", help="let the console's pages change the configs; on loopback alone")
    ] = False
    workers: Annotated[
        int,
        option(
            "--workers",
            metavar="N",
            type=workers,
            help="processes that have the calls, or auto: one a core (default: %(default)s, this one alone)",
        ),
    ] = 1
    unsigned: Annotated[
        bool,
        option("--unsigned", help="let all that reach PUBLIC_BASE_URL call, without TWILIO_AUTH_TOKEN and signatures"),
    ] = False
    no_reload: Annotated[bool, option("--no-reload", help="keep the configs as loaded when their files change")] = False
    changes: Changes = ()
    stand_ins: StandIns = False
    log_level: LogLevel = "INFO"
    log_json: LogJson = False
    allow: Allow = ()
