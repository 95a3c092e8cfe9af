"""The options of `label`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Calls, option


class LabelOptions(Struct, frozen=True, kw_only=True):
    """The options of `label`."""

    calls: Calls
    out: Annotated[
        Path | None,
        option("--out", metavar="FILE", help="write it to this file, not to labels.yaml in the call's folder"),
    ] = None
