"""The options of `schema`."""

from __future__ import annotations

from msgspec import Struct

from pipeline.tools.verb import Allow, Out, OwnConfig


class SchemaOptions(Struct, frozen=True, kw_only=True):
    """The options of `schema`."""

    config: OwnConfig = None
    out: Out = None
    allow: Allow = ()
