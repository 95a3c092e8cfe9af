"""The arguments of a tool: read from a model's JSON, and told to the model as a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.arguments.argument import Argument


class BadArguments(Exception):
    """The arguments do not fit; the text says in one sentence what is wrong, for the model."""


class Arguments:
    """The arguments that a tool takes, by name."""

    def __init__(self, fields: Mapping[str, Argument], timezone: str = "") -> None:
        self.fields, self.timezone = dict(fields), timezone

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, in order."""
        return tuple(self.fields)

    def read(self, text: str) -> dict[str, Any]:
        """Return the checked values, as JSON data, of a model's JSON; those left out are missing.

        Raises BadArguments.
        """
        try:
            return msgspec.json.decode(text or "{}", type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise BadArguments(f"the arguments are no JSON object: {error}") from None

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of an object with the arguments."""
        needed = [name for name, field in self.fields.items() if not field.optional]
        properties = {name: {"type": "string", "description": field.about} for name, field in self.fields.items()}
        return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
