"""The options of `test`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Json, option


class ConfigTestOptions(Struct, frozen=True, kw_only=True):
    """The options of `test`."""

    paths: Annotated[
        tuple[str, ...],
        option(
            metavar="path",
            nargs="+",
            help="a .test.yaml file, a folder of them, or a config that has one beside it",
        ),
    ]
    only: Annotated[str, option("-k", metavar="NAME", help="only tests with this in their name")] = ""
    watch: Annotated[bool, option("--watch", help="play them again whenever a file changes")] = False
    junit: Annotated[Path | None, option("--junit", metavar="FILE", help="write a report that CI systems read")] = None
    as_json: Json = False
    allow: Allow = ()
