"""The options of `diagnose`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Json, option


class DiagnoseOptions(Struct, frozen=True, kw_only=True):
    """The options of `diagnose`."""

    log: Annotated[str, option(nargs="?", help="a log, as text or as JSON lines (default: the standard input)")] = "-"
    as_json: Json = False
