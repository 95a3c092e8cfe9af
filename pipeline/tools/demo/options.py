"""The options of `demo`."""

from __future__ import annotations

from typing import Annotated

from pipeline.server.address import DEFAULT_CONSOLE, Address
from pipeline.tools.call.options import CallOptions
from pipeline.tools.serve.options import listener
from pipeline.tools.verb import Port, option


class DemoOptions(CallOptions, frozen=True, kw_only=True):
    """The options of `demo`: those of `call`, and the port to serve."""

    target: Annotated[str, option(nargs="?", help="a config (default: %(default)s)")] = "kav:demo"
    port: Port = None
    console: Annotated[
        Address | None,
        option(
            "--console",
            metavar="[HOST:]PORT",
            type=listener,
            help=f"address of the console, or off (default: {DEFAULT_CONSOLE}, or a free port)",
        ),
    ] = DEFAULT_CONSOLE
