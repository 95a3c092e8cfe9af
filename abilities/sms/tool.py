"""The tool `sms`: its settings, and the refusals before anything is sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from msgspec.structs import replace

from abilities._shared.taking import Taking, values
from abilities.sms.messages import TWILIO, Messages
from pipeline.arguments import Arguments, Template
from pipeline.arguments.phones import E164, is_landline
from pipeline.arguments.template import MISSING, look_up
from pipeline.environment.variables import ACCOUNT_SID, AUTH_TOKEN, read
from pipeline.faults import KavError, did_you_mean
from pipeline.log.throttle import Throttle
from pipeline.net import opened
from pipeline.settings import doc
from pipeline.tool import Result, Tool, ToolRefused, View

CALLER = "caller"
WITHHELD = "+266696687"  # ANONYMOUS on a keypad, by which Twilio names a caller who hides the number
LONGEST = 1600  # characters that Twilio takes
MARGIN = 0.05  # seconds before the deadline, in which the outcome is told

_LINK = re.compile(r"://|www\.|\b[\w-]+\.(?:com|net|org|io|co|info|me|ly|app|link|xyz|il)\b", re.IGNORECASE)
_SENDER = re.compile(r"\+[1-9]\d{4,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", re.ASCII)


class SmsSettings(Taking, frozen=True, kw_only=True):
    """The settings of `sms`."""

    text: Annotated[str, doc("The message, with {places} for values.")]
    to: Annotated[str, doc("`caller`, or a name of `numbers`.")] = CALLER
    numbers: Annotated[dict[str, str], doc("Numbers by name, with their country's prefix.")] = {}
    sender: Annotated[str, doc("The number, or name, that it comes from; blank: the number that was called.")] = ""
    api: Annotated[str, doc("Address of Twilio's API.")] = TWILIO

    def faults(self) -> Iterable[tuple[str, str]]:
        yield from super().faults()
        for name, number in self.numbers.items():
            if not E164.fullmatch(number):
                yield f"numbers.{name}", "has to be a number with its country's prefix, such as +972521234567"
        if self.to != CALLER and self.to not in self.numbers:
            hint = did_you_mean(self.to, (CALLER, *self.numbers))
            yield "to", f"has to be `{CALLER}` or a name of `numbers`{'; ' * bool(hint)}{hint}"
        if self.sender and not _SENDER.fullmatch(self.sender):
            yield "sender", "has to be a number such as +972521234567, or a name of up to 11 letters and digits"
        if not self.text.strip():
            yield "text", "has to have some words"
        if len(self.text) > LONGEST:
            yield "text", f"is longer than the {LONGEST} characters of the longest message"

    def lacks(self) -> Iterable[tuple[str, str]]:
        if self.api != TWILIO:  # another server may have no accounts
            return
        missing = [variable.name for variable in (ACCOUNT_SID, AUTH_TOKEN) if not read(variable)]
        if missing:
            yield "", f"the Twilio account that sends the message is not known: set {' and '.join(missing)}"

    def templates(self) -> Iterator[tuple[str, str]]:
        yield from super().templates()
        yield "text", self.text


class Sms(Tool):
    """Sends a text message over Twilio."""

    Settings = SmsSettings
    effect = True
    outside = "Twilio"

    settings: SmsSettings
    shared: Messages

    def __init__(self, settings: SmsSettings, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.arguments = Arguments(settings.takes, settings.timezone)
        self._text = Template(settings.text)

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: SmsSettings, language: str) -> AsyncIterator[Messages]:
        if missing := [text for _, text in settings.lacks()]:
            raise KavError(missing[0])
        throttle = Throttle(asyncio.get_running_loop())
        try:
            async with opened() as net:
                yield Messages(net, throttle, read(ACCOUNT_SID), read(AUTH_TOKEN), settings.api)
        finally:
            throttle.close()

    @classmethod
    def sample(cls, settings: SmsSettings) -> Any:
        return {"sid": f"SM{0:032}"}

    @classmethod
    def pointed(cls, settings: SmsSettings, url: str) -> SmsSettings:
        return replace(settings, api=url)

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        to = self._to(call)
        text = self._filled(arguments, call)
        sender = self.settings.sender or call.called
        if not (self.settings.sender or E164.fullmatch(sender)):
            raise ToolRefused("there is no number from which the message could be sent")
        sid = await self.shared.send(to, sender, text, call.deadline - MARGIN)
        return Result({"sent": True, "sid": sid})

    def _to(self, call: View) -> str:
        """Return the number to send to; raises ToolRefused for a caller who has none that gets messages."""
        if self.settings.to != CALLER:
            return self.settings.numbers[self.settings.to]
        number = call.caller
        if not E164.fullmatch(number) or number == WITHHELD:
            raise ToolRefused("the caller's number is withheld, so that no message can be sent to it")
        if number == call.called or is_landline(number):
            raise ToolRefused("the caller's number is no mobile number, and gets no messages")
        return number

    def _filled(self, arguments: dict[str, Any], call: View) -> str:
        """Return the text; raises ToolRefused if it lacks a value, is too long, or a caller's words have a link."""
        if any(_LINK.search(each) for each in _strings(self._of_text(arguments))):
            raise ToolRefused("a value has a link or an address in it, which no message can have")
        known = values(self.settings, arguments, call)
        for name, _ in self._text.places:
            if look_up(known, name) is MISSING and name not in self.settings.takes:
                raise ToolRefused(f"{name} is not known yet, and the message needs it")
        text = self._text.fill(known, call.language).strip()
        if not 0 < len(text) <= LONGEST:
            raise ToolRefused(f"the message would have {len(text)} characters, and has to have 1 to {LONGEST}")
        return text

    def _of_text(self, arguments: dict[str, Any]) -> list[Any]:
        """Return the values that a model may have written freely: others are of a form, or a choice of ours."""
        free = ("text", "list")
        return [value for name, value in arguments.items() if self.settings.takes[name].type in free]


def _strings(found: list[Any]) -> Iterator[str]:
    for each in found:
        yield from map(str, each) if isinstance(each, list) else (str(each),)
