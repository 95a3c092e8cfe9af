"""`list`: the processors and the tools, a sentence each."""

from __future__ import annotations

from pipeline.tools.list.options import ListOptions
from pipeline.tools.verb import plugins, verb


@verb(example="list")
def list_(options: ListOptions) -> int:
    """The processors and the tools, a sentence each."""
    if options.markdown:
        from pipeline.tools.show.reference import page

        print(page(), end="")
        return 0
    if options.tools:
        from pipeline.tools.show import tools_page

        print(tools_page.page(), end="")
        return 0
    if options.configuration:
        from pipeline.tools.show import configuration

        print(configuration.page(), end="")
        return 0
    if options.events:
        from pipeline.tools.show import events

        print(events.page(), end="")
        return 0
    from pipeline.tools.list.listing import list_processors

    return list_processors(plugins(options.config), options.as_json)
