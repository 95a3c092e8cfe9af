"""`forget`: remove everything that is kept of a caller or a call."""

from __future__ import annotations

from pipeline.tools.forget.options import ForgetOptions
from pipeline.tools.verb import verb


@verb(example="forget 050-123-4567 calls")
def forget(options: ForgetOptions) -> int:
    """Remove the records of a caller or a call, and the cached sound that may hold their words."""
    from pipeline.tools.forget.removal import forget

    return forget(options)
