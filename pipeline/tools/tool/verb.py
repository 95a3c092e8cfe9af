"""`tool`: use a tool by hand."""

from __future__ import annotations

from pipeline.tools.tool.options import ToolOptions
from pipeline.tools.verb import log, run, verb


@verb(example="tool agent.yaml find_listings '{\"rooms\": 3}'")
def tool(options: ToolOptions) -> int:
    """The tools of a config, or one of them used once; effects rehearse without --really."""
    from pipeline.tools.tool.use import listed, use

    log("WARNING", False)
    return run(use(options)) if options.name else listed(options)
