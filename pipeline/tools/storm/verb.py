"""`storm`: many random calls."""

from __future__ import annotations

from pipeline.tools.storm.options import StormOptions
from pipeline.tools.verb import verb


@verb(example="storm kav:demo --calls 200 --seed 7")
def storm(options: StormOptions) -> int:
    """Random callers and providers at their worst, judged by what holds in every call."""
    from pipeline.tools.storm.run import storm

    return storm(options)
