"""`calls`: the recorded calls."""

from __future__ import annotations

from pipeline.tools.calls.options import CallsOptions
from pipeline.tools.verb import verb


@verb(example="calls --since yesterday --faulty")
def calls(options: CallsOptions) -> int:
    """The recorded calls, the newest last: when, from where, how long, their ends and faults."""
    from pipeline.tools.calls.listing import show

    return show(options)
