"""`show`: one processor with its settings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Json, option, verb


class ShowOptions(Struct, frozen=True, kw_only=True):
    """The options of `show`."""

    word: Annotated[str, option(help="as in YAML, e.g. vad.energy; or a file or module of your own")]
    as_json: Json = False


@verb(example="show end_of_utterance")
def show(options: ShowOptions) -> int:
    """One processor: what it takes, gives, and may be set."""
    from pipeline.tools.show.reference import show

    return show(options.word, options.as_json)
