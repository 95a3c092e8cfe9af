"""The declaration of one value, as it stands in YAML under `takes`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipeline.settings import doc

ArgumentType = Literal[
    "text", "number", "integer", "yes_no", "date", "time", "datetime", "phone", "email", "digits", "one_of", "list"
]


class Argument(msgspec.Struct, frozen=True, kw_only=True, rename={"least": "from", "greatest": "to"}):
    """One value that a tool takes."""

    type: Annotated[ArgumentType, doc("Its type.")] = "text"
    about: Annotated[str, doc("Told to the model.")] = ""
    optional: Annotated[bool, doc("It may be left out.")] = False
    of: Annotated[list[str], doc("The values of `one_of`.")] = []
    least: Annotated[str | float | None, doc("The least value: a number, a date, a time, or today or now.")] = None
    greatest: Annotated[str | float | None, doc("The greatest value.")] = None
    like: Annotated[str, doc("A regular expression that the whole of a text must match.")] = ""
    region: Annotated[str, doc("The country of phone numbers without a prefix, e.g. IL.")] = ""
