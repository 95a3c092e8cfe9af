"""`show`: one processor with its settings."""

from __future__ import annotations

from pipeline.tools.show.options import ShowOptions
from pipeline.tools.verb import verb


@verb(example="show end_of_utterance")
def show(options: ShowOptions) -> int:
    """One processor: the frames it takes and gives, and its settings."""
    from pipeline.tools.show.reference import show

    return show(options.word, options.as_json)
