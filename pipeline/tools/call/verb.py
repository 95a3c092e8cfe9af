"""`call`: place one call."""

from __future__ import annotations

from pipeline.tools.call.options import CallOptions
from pipeline.tools.verb import log, run, verb


@verb(example='call kav:demo --say "hello" --out call.wav')
def call(options: CallOptions) -> int:
    """The phone: place one call to a config or to a running agent."""
    from pipeline.tools.call.dial import call

    log(options.log_level, options.log_json)
    return run(call(options))
