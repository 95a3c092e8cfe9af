"""The options of `tool`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.log.encodable import as_utf8
from pipeline.tools.verb import Allow, Changes, Json, Really, option


class ToolOptions(Struct, frozen=True, kw_only=True):
    """The options of `tool`."""

    config: Annotated[str, option(help="a config")]
    name: Annotated[str, option(nargs="?", help="the tool to use, once; without it all are shown")] = ""
    arguments: Annotated[str, option(nargs="?", type=as_utf8, help="its arguments as JSON, e.g. '{\"rooms\": 3}'")] = (
        "{}"
    )
    caller: Annotated[str, option("--caller", metavar="NUMBER", help="the caller's number, as the tool sees it")] = ""
    changes: Changes = ()
    really: Really = False
    as_json: Json = False
    allow: Allow = ()
