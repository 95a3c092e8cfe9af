"""`schema`: the JSON Schema of a config."""

from __future__ import annotations

from msgspec import Struct

from pipeline.tools.verb import Out, OwnConfig, plugins, verb


class SchemaOptions(Struct, frozen=True, kw_only=True):
    """The options of `schema`."""

    config: OwnConfig = None
    out: Out = None


@verb(example="schema --out kav.schema.json")
def schema(options: SchemaOptions) -> int:
    """JSON Schema of a config, for editors."""
    from pipeline.tools.schema.schema import write

    return write(options.out, plugins(options.config))
