"""Has the caller type digits on the keypad, such as an identity number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pipeline.settings import Duration, doc
from pipeline.text import normalise
from pipeline.tool import Result, Tool, ToolSettings, View


class TypedKeys(Tool):
    """Asks the caller to type on the keypad, with its `say`, and waits for the entry.

    The result is the digits, which other tools have as the fact `save`. Of a `secret` entry the model is told the
    number of digits and the name under which other tools find them.
    """

    class Settings(ToolSettings, frozen=True, kw_only=True):
        digits: Annotated[int, doc("Keys of an entry, after which it is over.", 1, 40)] = 20
        end: Annotated[str, doc("The key that ends an entry before that; blank: none.")] = "#"
        first: Annotated[Duration, doc("Time to the first key; then it is asked for once more.", 1, 60)] = 8.0
        secret: Annotated[bool, doc("Keep the digits from the model, the log, the record and all pages.")] = False
        save: Annotated[str, doc("Name under which other tools get the digits; default: that of the tool.")] = ""
        timeout: Annotated[Duration, doc("How long it may take.", 0.05, 600)] = 90.0

        def faults(self) -> Iterable[tuple[str, str]]:
            if self.end and (len(self.end) != 1 or self.end not in "0123456789*#"):
                yield "end", f"is {self.end!r}, which is no key: 0 to 9, * or #"
            if self.timeout < 2 * self.first:
                yield "timeout", f"is too short for the first key: twice `first`, {self.first:g}s, are waited for it"
            if not any(map(normalise, self.say)):
                yield "say", "is blank: it tells the caller to type"

    steps = ("keys",)
    asks = True
    recorded = False  # the keys are in the record, and a replay takes them as the call did
    settings: Settings

    @property
    def collects(self) -> tuple[str, ...]:
        """The name of its entries."""
        return (self.settings.save or self.name,)

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        wanted, name = self.settings, self.settings.save or self.name
        again = wanted.say[0] if wanted.say else ""
        typed = await call.collect(
            wanted.digits, end=wanted.end, first=wanted.first, secret=wanted.secret, name=name, again=again
        )
        if not typed.digits:  # no failure of the tool, which would rest after three
            return Result({"digits": "", "note": "the caller has typed nothing, though they were asked twice"})
        if wanted.secret:
            return Result({"entered": name, "digits": len(typed.digits)})
        return Result({"digits": typed.digits}, facts={name: typed.digits})

    def rehearse(self, arguments: dict[str, Any]) -> Result:
        return Result({"entered": self.settings.save or self.name, "digits": self.settings.digits})
