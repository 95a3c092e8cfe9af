"""`label`: propose the caller's turns of a recorded call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import option, verb


class LabelOptions(Struct, frozen=True, kw_only=True):
    """The options of `label`."""

    folder: Annotated[Path, option(metavar="CALL_DIR", help="a recorded call: calls/<date>/<call_sid>")]
    out: Annotated[
        Path | None,
        option("--out", metavar="FILE", help="write it to this file, not to labels.yaml in the call's folder"),
    ] = None


@verb(example="label calls/2026-11-22/CA0123456789abcdef0123456789abcdef")
def label(options: LabelOptions) -> int:
    """Propose where the caller's turns begin and end in a recorded call, for you to correct."""
    from loguru import logger

    from pipeline.tools.label.propose import propose

    logger.remove()
    return propose(options.folder, options.out)
