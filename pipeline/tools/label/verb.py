"""`label`: propose the caller's turns of a recorded call."""

from __future__ import annotations

from pipeline.tools.label.options import LabelOptions
from pipeline.tools.verb import verb


@verb(example="label calls/2026-11-22/CA0123456789abcdef0123456789abcdef")
def label(options: LabelOptions) -> int:
    """Propose where the caller's turns begin and end in recorded calls, for you to correct."""
    from loguru import logger

    from pipeline.tools.label.propose import propose

    logger.remove()
    return propose(options.calls, options.out)
