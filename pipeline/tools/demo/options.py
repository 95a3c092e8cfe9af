"""The options of `demo`."""

from __future__ import annotations

from typing import Annotated

from pipeline.tools.call.options import CallOptions
from pipeline.tools.verb import Port, option


class DemoOptions(CallOptions, frozen=True, kw_only=True):
    """The options of `demo`: those of `call`, and the port to serve."""

    target: Annotated[str, option(nargs="?", help="a config (default: %(default)s)")] = "kav:demo"
    port: Port = None
