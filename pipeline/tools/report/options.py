"""The options of `report`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Calls, Out, option


class ReportOptions(Struct, frozen=True, kw_only=True):
    """The options of `report`."""

    calls: Calls
    out: Out = None
    sound: Annotated[bool, option("--sound", help="put the call's sound into the page: 21 kB a second")] = False
