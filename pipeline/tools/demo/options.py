"""The options of `demo`."""

from __future__ import annotations

from pipeline.tools.call.options import CallOptions
from pipeline.tools.verb import Port


class DemoOptions(CallOptions, frozen=True, kw_only=True):
    """The options of `demo`: those of `call`, and the port to serve."""

    port: Port = None
