"""`diagnose`: where the calls of a log stopped."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Json, option, verb


class DiagnoseOptions(Struct, frozen=True, kw_only=True):
    """The options of `diagnose`."""

    log: Annotated[str, option(nargs="?", help="a log, as text or as JSON lines (default: the standard input)")] = "-"
    as_json: Json = False


@verb(example="diagnose agent.log")
def diagnose(options: DiagnoseOptions) -> int:
    """Where each call of a log stopped, which lines say so, and what to do."""
    from pipeline.tools.diagnose.diagnosis import diagnose

    return diagnose(options.log, options.as_json)
