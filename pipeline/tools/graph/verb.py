"""`graph`: the chain of a config as text or as a picture."""

from __future__ import annotations

from pipeline.tools.graph.options import GraphOptions
from pipeline.tools.verb import verb


@verb(example="graph kav:demo --svg demo.svg")
def graph(options: GraphOptions) -> int:
    """The chain of a config and the frames on it, as Mermaid text or a picture."""
    from pipeline.tools.graph.svg import draw

    return draw(options.config, options.svg or options.out, options.svg is not None, options.swap, options.changes)
