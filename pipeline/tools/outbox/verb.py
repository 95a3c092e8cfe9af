"""`outbox`: the events after calls that are not delivered yet."""

from __future__ import annotations

from pipeline.tools.outbox.options import OutboxOptions
from pipeline.tools.verb import verb


@verb(example="outbox send agent.yaml --dead")
def outbox(options: OutboxOptions) -> int:
    """List, send or drop the events after calls that their receivers have not got."""
    from pipeline.tools.outbox.outbox import outbox

    return outbox(options)
