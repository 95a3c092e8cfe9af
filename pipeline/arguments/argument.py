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
    of: Annotated[list[str], doc("The values of `one_of`, and those that a `list` may have.")] = []
    least: Annotated[
        str | float | None,
        doc("The least value: a number, a date or a time, also today or now; of text, digits and lists the length."),
    ] = None
    greatest: Annotated[str | float | None, doc("The greatest value, or length.")] = None
    like: Annotated[str, doc("A regular expression that the whole of a text, or of each one in a list, matches.")] = ""
    region: Annotated[str, doc("The country of phone numbers without a prefix, e.g. IL.")] = ""


class Unfit(Exception):
    """A value does not fit; the text is the predicate of a sentence for the model, and never repeats the value.

    The value may be one that no log shows, and the model knows what it wrote.
    """
