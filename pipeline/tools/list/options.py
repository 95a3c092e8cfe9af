"""The options of `list`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, Json, OwnConfig, option


class ListOptions(Struct, frozen=True, kw_only=True):
    """The options of `list`."""

    config: OwnConfig = None
    as_json: Json = False
    markdown: Annotated[
        bool, option("--markdown", help="print docs/processors.md: all of `show`, of every processor")
    ] = False
    tools: Annotated[
        bool, option("--tools", help="print docs/tools-reference.md: the words of tools, with their settings")
    ] = False
    configuration: Annotated[
        bool, option("--configuration", help="print docs/configuration.md: all variables, and all keys of a config")
    ] = False
    events: Annotated[
        bool, option("--events", help="print docs/events.md: all that a call's record may have in it")
    ] = False
    allow: Allow = ()
