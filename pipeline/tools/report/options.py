"""The options of `report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Out, option


class ReportOptions(Struct, frozen=True, kw_only=True):
    """The options of `report`."""

    folder: Annotated[Path, option(metavar="CALL_DIR", help="a recorded call: calls/<date>/<call_sid>")]
    out: Out = None
    sound: Annotated[bool, option("--sound", help="put the call's sound into the page: 21 kB a second")] = False
