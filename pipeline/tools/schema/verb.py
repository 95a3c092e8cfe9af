"""`schema`: the JSON Schema of a config."""

from __future__ import annotations

from pipeline.tools.schema.options import SchemaOptions
from pipeline.tools.verb import plugins, verb


@verb(example="schema --out kav.schema.json")
def schema(options: SchemaOptions) -> int:
    """JSON Schema of a config, for editors."""
    from pipeline.tools.schema.schema import write

    return write(options.out, plugins(options.config))
