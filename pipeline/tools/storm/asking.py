"""Random requests for tools, as a bad model makes them: several, unknown, malformed, the same again, broken off."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from pipeline.arguments import Argument
from pipeline.llm.asked import Asked
from pipeline.memory import Use
from pipeline.tool import Tool
from pipeline.tools.storm.tools import SECRET

KINDS = (
    "none", "none", "none", "one", "one", "one", "several", "many", "unknown", "malformed", "again", "again", "torn",
)  # fmt: skip
ENDLESS = 0.1  # the share of calls in which the model asks in each answer
STRANGE = ("", "finish", "\ud800", "a" * 200, "functions.book")
MALFORMED = ("", "{", "[]", "null", '"Acre"', '{"nothing": 1}', '{"x": ' * 40, "\ud800", "{" + " " * 100_000 + "}")
VALUES: dict[str, tuple[Any, ...]] = {
    "text": ("Acre", "Haifa"),
    "number": (2, 3.5),
    "integer": (2, "3"),
    "yes_no": (True, "no"),
    "date": ("2026-12-01", "2031-01-05"),
    "time": ("09:30", "16:00"),
    "datetime": ("2026-12-01T09:30", "2031-01-05T12:00"),
    "phone": ("+972541234567", "054-1234567"),
    "email": ("dana@example.com",),
    "digits": ("482910", "1234567"),
    "list": (["Acre"], ["Haifa", "Acre"]),
}


class Asking:
    """The requests of one model in one call; the seed decides all of them."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.endless = Random(f"{seed} endless").random() < ENDLESS

    def answer(
        self, number: int, offered: Sequence[Tool], uses: Sequence[Use], words: Sequence[str | Asked]
    ) -> tuple[list[str | Asked], bool]:
        """Return the pieces of an answer with requests between its words; True if it is then broken off."""
        random = Random(f"{self.seed} {number} asks")
        kind = random.choice(KINDS)
        kind = "one" if self.endless and kind == "none" else kind
        asked = self._requests(kind, random, offered, uses)
        if not asked:
            return list(words), False
        before = random.choice((0, 0, 3, len(words)))
        after = words[before:] if random.random() < 0.2 else []
        return [*words[:before], *asked, *after], kind == "torn" or random.random() < 0.08

    def _requests(self, kind: str, random: Random, offered: Sequence[Tool], uses: Sequence[Use]) -> list[Asked]:
        count = {"none": 0, "several": random.randint(2, 5), "many": 40}.get(kind, 1)
        made: list[Asked] = []
        for index in range(count):
            tool = random.choice(offered)
            name, arguments = tool.name, _arguments(tool, random)
            if kind == "unknown":
                name = random.choice(STRANGE)
            if kind == "malformed":
                arguments = random.choice(MALFORMED)
            if kind == "again" and uses:
                name, arguments = (last := random.choice(uses[-3:])).name, last.arguments
            made.append(Asked(index=index, name=name))
            if kind != "torn":
                made.append(Asked(index=index, name=name, arguments=arguments, whole=True))
        return made


def _arguments(tool: Tool, random: Random) -> str:
    values: dict[str, Any] = {}
    for name, field in tool.arguments.fields.items():
        if field.optional and random.random() < 0.4:
            continue
        values[name] = SECRET if name in tool.settings.hide and field.type == "text" else _value(field, random)
    return msgspec.json.encode(values).decode()


def _value(field: Argument, random: Random) -> Any:
    """Return a value that fits a field, unless it has bounds or an expression."""
    if field.of:
        return [random.choice(field.of)] if field.type == "list" else random.choice(field.of)
    return random.choice(VALUES.get(field.type, ("Acre",)))
