"""The arguments of a tool: read from a model's JSON, and told to the model as a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pipeline.arguments import kinds
from pipeline.arguments.argument import Argument, Unfit
from pipeline.arguments.moments import present, told
from pipeline.arguments.phones import library
from pipeline.faults import clipped, did_you_mean

MOST = 100_000  # bytes of a model's JSON
MOST_TOLD = 5  # wrong arguments that one sentence tells of


class BadArguments(Exception):
    """The arguments do not fit; the text says in one sentence what is wrong, for the model."""


class Arguments:
    """The arguments that a tool takes, by name.

    `timezone` is an IANA name, in which dates and times are meant; blank: that of the machine.
    """

    are_known: bool = True  # False: of a tool that is not there yet, which is offered to no model

    def __init__(self, fields: Mapping[str, Argument], timezone: str = "") -> None:
        self.fields, self.timezone = dict(fields), timezone
        self._zone = ZoneInfo(timezone) if timezone else None
        if any(field.type == "phone" for field in self.fields.values()):
            library()  # its import would keep all calls waiting at the first number

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, in order."""
        return tuple(self.fields)

    def read(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Return the checked values, as JSON data, of a model's JSON; those left out are missing.

        `now` is the moment at which bounds such as today are meant. Raises BadArguments.
        """
        values, wrong = self.sift(self.parse(text), now)
        wrong |= {name: "is missing" for name in self._missing(values) if name not in wrong}
        if wrong:
            told = [f"`{name}` {text}" for name, text in list(wrong.items())[:MOST_TOLD]]
            raise BadArguments("; ".join(told))
        return values

    def parse(self, text: str) -> dict[str, Any]:
        """Return the values of a model's JSON as they are, without blank ones; raises BadArguments for other names."""
        found = json_object(text, self.names)
        return {name: value for name, value in found.items() if not _is_blank(value)}

    def sift(self, values: Mapping[str, Any], now: datetime | None = None) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the checked ones of some values, and of each other one a predicate that says what is wrong."""
        moment = told(now, self._zone) if now is not None else present(self._zone)
        fitting: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, field in self.fields.items():
            if name in values:
                try:
                    fitting[name] = kinds.read(values[name], field, moment)
                except Unfit as error:
                    wrong[name] = str(error)
        return fitting, wrong

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of an object with the arguments."""
        return {
            "type": "object",
            "properties": {name: kinds.schema(field) for name, field in self.fields.items()},
            "required": self._missing({}),
            "additionalProperties": False,
        }

    def _missing(self, values: Mapping[str, Any]) -> list[str]:
        return [name for name, field in self.fields.items() if not field.optional and name not in values]


def json_object(text: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the values of a model's JSON, which has some of these names and no other; raises BadArguments."""
    if len(text) > MOST or len(text.encode("utf-8", "replace")) > MOST:
        raise BadArguments(f"the arguments have more than {MOST // 1000} kB: leave out all but the necessary")
    try:
        found = msgspec.json.decode(text.strip() or "{}", type=dict[str, Any] | None) or {}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        such = f' such as {{"{names[0]}": …}}' if names else ": {}, as there are none"
        raise BadArguments(f"the arguments have to be one JSON object{such}") from None
    for name in found:
        if name not in names:
            hint = did_you_mean(name, names) or (f"there are {', '.join(names)}" if names else "there are none")
            raise BadArguments(f"there is no argument `{clipped(name)}`; {hint}")
    return found


def _is_blank(value: Any) -> bool:
    """True for the values by which models say that they have none."""
    return value is None or (isinstance(value, str) and not value.strip())
