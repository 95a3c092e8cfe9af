"""`list`: the processors, a sentence each."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Json, OwnConfig, option, plugins, verb


class ListOptions(Struct, frozen=True, kw_only=True):
    """The options of `list`."""

    config: OwnConfig = None
    as_json: Json = False
    markdown: Annotated[
        bool, option("--markdown", help="print docs/processors.md: all of `show`, of every processor")
    ] = False
    events: Annotated[
        bool, option("--events", help="print docs/events.md: all that a call's record may have in it")
    ] = False


@verb(example="list")
def list_(options: ListOptions) -> int:
    """The processors, a sentence each."""
    if options.markdown:
        from pipeline.tools.show.reference import page

        print(page(), end="")
        return 0
    if options.events:
        from pipeline.tools.show import events

        print(events.page(), end="")
        return 0
    from pipeline.tools.list.listing import list_processors

    return list_processors(plugins(options.config), options.as_json)
