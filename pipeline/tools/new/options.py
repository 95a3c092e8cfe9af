"""The options of `new`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Out, option


class NewOptions(Struct, frozen=True, kw_only=True):
    """The options of `new`."""

    words: Annotated[
        tuple[str, ...],
        option(
            nargs="*",
            help="the steps, or files of your own, between spaces, commas or arrows; none: an offline chain",
        ),
    ] = ()
    language: Annotated[str, option("--language", help="the language of the call (default: %(default)s)")] = "en-US"
    out: Out = None
