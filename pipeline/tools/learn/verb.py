"""`learn`: fit the end of a turn to a deployment's own callers."""

from __future__ import annotations

from pipeline.tools.learn.options import LearnOptions
from pipeline.tools.verb import verb


@verb(example="learn calls --out prosody.json")
def learn(options: LearnOptions) -> int:
    """Learn from recorded calls how your callers' voices end a turn, and how long to wait."""
    from pipeline.tools.learn.run import learned

    return learned(options)
