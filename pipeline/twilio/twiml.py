"""A parser of TwiML, a webhook's instructions for a call, as strict as Twilio's.

Source: https://www.twilio.com/docs/voice/twiml/stream, and the error codes 12100 and 12300.
"""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec

from pipeline.twilio.instructions import CallError, Connect, Instruction, instruction

MAX_TWIML = 64 * 1024  # bytes
TYPES = ("text/xml", "application/xml", "text/html")


class Rejected(CallError):
    """The TwiML rejects the call."""


class Twiml(msgspec.Struct, frozen=True):
    """A TwiML document: the names of its verbs and the instructions that they are, in order."""

    verbs: tuple[str, ...]
    instructions: tuple[Instruction, ...] = ()

    @property
    def has_stream(self) -> bool:
        """True if it connects the call to a media stream."""
        return any(isinstance(each, Connect) for each in self.instructions)


def parse(body: bytes, content_type: str, url: str) -> Twiml:
    """Parse the TwiML that was served at `url`.

    Raises CallError, mostly with Twilio's error code, if Twilio could not use it, Rejected if its first verb is
    `<Reject>`.
    """
    if content_type not in TYPES:
        raise CallError(f"Twilio 12300: the webhook answered with {content_type}, not with text/xml")
    if len(body) > MAX_TWIML:
        raise CallError(f"the TwiML is larger than {MAX_TWIML // 1024} kB")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise CallError(f"Twilio 12100: the TwiML is not XML: {error}") from None
    if root.tag != "Response":
        raise CallError(f"Twilio 12100: the TwiML is a <{root.tag}>, not a <Response>")
    verbs = tuple(verb.tag for verb in root)
    if verbs[:1] == ("Reject",):
        raise Rejected(f"the TwiML rejects the call: {root[0].get('reason', 'rejected')}")
    return Twiml(verbs, tuple(instruction(verb, url) for verb in root))
