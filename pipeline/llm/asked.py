"""A model's request for a tool, as it comes in the stream of its answer."""

from __future__ import annotations

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A use of a tool that a model asks for.

    The first of a use comes as soon as its name is known, so that its sentence can be said; the last is `whole`.
    """

    index: int  # of the use within this answer, from 0
    name: str
    arguments: str = ""  # the model's JSON text, once it is whole
    whole: bool = False
