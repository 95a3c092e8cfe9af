"""`tune`: labelled calls with many settings."""

from __future__ import annotations

from pipeline.tools.tune.options import TuneOptions
from pipeline.tools.verb import verb


@verb(example="tune calls --vary end_of_utterance.min_silence=0.3s..0.8s")
def tune(options: TuneOptions) -> int:
    """Labelled calls with many settings: what each cuts off, misses and delays, and which to choose."""
    from pipeline.tools.tune.sweep import sweep

    return sweep(options)
