"""`go`: four calls that an agent has to pass."""

from __future__ import annotations

from pipeline.tools.go.options import GoOptions
from pipeline.tools.verb import log, run, verb


@verb(example="go https://agent.example.com --greeting yes")
def go(options: GoOptions) -> int:
    """The GO test: four calls to an agent, each passed or failed, with advice on failures."""
    from pipeline.tools.go.run import go

    log(options.log_level, options.log_json)
    return run(go(options))
