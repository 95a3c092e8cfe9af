"""The options of `demo`."""

from __future__ import annotations

from typing import Annotated

from pipeline.server.address import DEFAULT_CONSOLE, Address
from pipeline.tools.call.options import CallOptions
from pipeline.tools.serve.options import console_address
from pipeline.tools.verb import Port, option


class DemoOptions(CallOptions, frozen=True, kw_only=True):
    """The options of `demo`: those of `call`, and the port to serve."""

    target: Annotated[str, option(nargs="?", help="a config (default: %(default)s)")] = "kav:demo"
    port: Port = None
    console: Annotated[
        Address | None,
        console_address(f"{DEFAULT_CONSOLE}, or a free port"),
    ] = DEFAULT_CONSOLE
