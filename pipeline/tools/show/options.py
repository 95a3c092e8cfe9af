"""The options of `show`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Json, option


class ShowOptions(Struct, frozen=True, kw_only=True):
    """The options of `show`."""

    word: Annotated[str, option(help="as in YAML, e.g. vad.energy; or a file or module of your own")]
    as_json: Json = False
