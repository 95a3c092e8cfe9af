"""`transfer`: gives the caller to a person, and has them back if that person does not take the call.

    tools:
      - transfer:
          about: Gives the caller to a person. Only when they ask for one, or are upset.
          to:
            sales:   {number: "${SALES_NUMBER}", when: wants to sell a flat, hours: "sun-thu 09:00-18:00"}
            service: {number: "${SERVICE_NUMBER}", when: everything else}
          say: [One moment, I am connecting you.]
          closed: Nobody is there now. Offer to have them called back.

The model chooses among names, and is never told a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from pipeline.arguments import Argument, Arguments
from pipeline.arguments.declared import NAME, zone_fault
from pipeline.arguments.hours import Hours
from pipeline.arguments.moments import present
from pipeline.arguments.phones import E164
from pipeline.frames import Handover
from pipeline.memory import Memory
from pipeline.settings import Duration, doc
from pipeline.text import phrase
from pipeline.tool import SLOW, Result, Tool, ToolRefused, ToolSettings, View
from pipeline.transfer import CONNECTING, Destination

ABOUT = "Gives the caller to a person. Only when they ask for one, or need something that you cannot do."
SUMMARY = "Told to that person before they take the call: who is calling, and what they want; one sentence."
CLOSED = "Nobody is there at this hour. Offer the caller something else."
BRIEF = 300  # characters of a summary


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person, or a team, to whom callers are given."""

    number: Annotated[str, doc("The number, with its country's prefix.")]
    when: Annotated[str, doc("When the caller is for them, told to the model.")] = ""
    hours: Annotated[str, doc("When they can be reached, e.g. sun-thu 09:00-18:00; blank: always.")] = ""


class TransferSettings(ToolSettings, frozen=True, kw_only=True):
    """The settings of `transfer`; `say` is by default that of the language."""

    about: Annotated[str, doc("When to use it, told to the model.")] = ABOUT
    to: Annotated[dict[str, Person], doc("Those to whom callers are given, by the names that the model chooses among.")]
    ring: Annotated[Duration, doc("How long their telephone rings.", 5, 600)] = 20.0
    accept: Annotated[
        Literal["key", "none"],
        doc("`key`: they hear a summary and press 1, so that a mailbox never gets the caller. `none`: they do not."),
    ] = "key"
    closed: Annotated[str, doc("Told to the model outside the hours; blank: that nobody is there.")] = ""
    timezone: Annotated[str, doc("The time zone of `hours`, e.g. Asia/Jerusalem; blank: the machine's.")] = ""
    timeout: Annotated[Duration, doc("How long it may take until the transfer begins.", 0.05, 600)] = 2.0
    once: Annotated[Literal["call", "turn", "no"], doc("Where the same transfer is done once.")] = "turn"
    most: Annotated[int, doc("Transfers in a call.", 1, 10)] = 3

    def faults(self) -> Iterable[tuple[str, str]]:
        if not self.to:
            yield "to", "has to name somebody, e.g. `sales: {number: …, when: wants to buy}`"
        if wrong := zone_fault(self.timezone):
            yield "timezone", wrong
        for name, person in self.to.items():
            if not NAME.fullmatch(name):
                yield f"to.{name}", "has to be a name of small letters, digits and _, such as sales"
            if not E164.fullmatch(person.number):
                yield f"to.{name}.number", "has to be a number with its country's prefix, such as +97231234567"
            if person.hours:
                try:
                    Hours(person.hours)
                except ValueError as error:
                    yield f"to.{name}.hours", str(error)

    def doubts(self) -> Iterable[tuple[str, str]]:
        for name, person in self.to.items():
            if len(self.to) > 1 and not person.when:
                yield f"to.{name}", "has no `when`, by which the model chooses"


class Transfer(Tool):
    """Gives the caller to a person: it rings there once the caller has heard the words said with it."""

    Settings = TransferSettings
    effect = True
    ends = True

    settings: TransferSettings

    def __init__(self, settings: TransferSettings, shared: object = None) -> None:
        super().__init__(settings, shared)
        is_briefed = settings.accept == "key"
        self.destinations = {
            name: Destination(name=name, number=person.number, ring=settings.ring, accept=is_briefed)
            for name, person in settings.to.items()
        }
        whose = "; ".join(f"{name}: {person.when}" for name, person in settings.to.items() if person.when)
        takes = {"to": Argument(type="one_of", of=list(settings.to), about=whose)}
        if is_briefed:
            takes["summary"] = Argument(type="text", about=SUMMARY, greatest=BRIEF)
        self.arguments = Arguments(takes)
        self._zone = ZoneInfo(settings.timezone) if settings.timezone else None

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        slow = settings.slow or [phrase(name, language) for name in SLOW]
        return (*dict.fromkeys((*settings.say, phrase(CONNECTING, language))), *slow)

    def sentences(self, language: str) -> list[str]:
        """Return the sentences said with it, in turn."""
        return self.settings.say or [phrase(CONNECTING, language)]

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        if not self._is_open(self.settings.to[arguments["to"]]):
            raise ToolRefused(self.settings.closed or CLOSED)
        return self.rehearse(arguments)

    def rescue(self, memory: Memory) -> Handover | None:
        open_now = (Handover(name) for name, person in self.settings.to.items() if self._is_open(person))
        return next(open_now, None) if memory.handovers < self.settings.most else None

    def _is_open(self, person: Person) -> bool:
        return not person.hours or Hours(person.hours).has(present(self._zone))

    def rehearse(self, arguments: dict[str, Any]) -> Result:
        # In a rehearsal the call hands over, too, with a number that no telephone has.
        handover = Handover(arguments["to"], arguments.get("summary", ""))
        return Result({"state": "it rings there once the caller has heard you"}, last=True, then=handover)
