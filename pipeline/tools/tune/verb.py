"""`tune`: score many settings on labelled calls."""

from __future__ import annotations

from pipeline.tools.tune.options import TuneOptions
from pipeline.tools.verb import verb


@verb(example="tune calls --vary end_of_utterance.min_silence=0.3s..0.8s")
def tune(options: TuneOptions) -> int:
    """Replay labelled calls with many settings, and find the fewest errors and least delay."""
    from pipeline.tools.tune.sweep import sweep

    return sweep(options)
