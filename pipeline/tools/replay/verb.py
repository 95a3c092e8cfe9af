"""`replay`: recorded calls once more, with a changed config."""

from __future__ import annotations

from pipeline.tools.replay.options import ReplayOptions
from pipeline.tools.verb import verb


@verb(example="replay calls --set end_of_utterance.min_silence=0.8s")
def replay(options: ReplayOptions) -> int:
    """Recorded calls with a changed config, in virtual time, and what would differ."""
    from pipeline.tools.replay.run import compare

    return compare(options)
