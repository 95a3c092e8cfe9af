"""A parser of TwiML, a webhook's instructions for a call, as strict as Twilio's.

Source: https://www.twilio.com/docs/voice/twiml/stream, and the error codes 12100, 12300, 31922 and 31920.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import msgspec

from pipeline.faults import KavError

MAX_TWIML = 64 * 1024  # bytes
MAX_PARAMETER = 500  # characters of a name and its value together
LOOPBACK = ("127.0.0.1", "localhost", "::1")  # hosts that need no TLS, as no real Twilio can reach them
TYPES = ("text/xml", "application/xml", "text/html")


class CallError(KavError):
    """A call could not be placed; the text is one sentence."""


class Rejected(CallError):
    """The TwiML rejects the call."""


class Connect(msgspec.Struct, frozen=True):
    """The media stream that TwiML connects a call to; URLs are absolute."""

    url: str
    parameters: dict[str, str] = {}
    name: str = ""
    status: str = ""  # URL for reports of the stream's state; empty for no reports
    action: str = ""  # URL to request when the stream has ended; empty for no request


class Twiml(msgspec.Struct, frozen=True):
    """A TwiML document: its verbs in order, and its stream, if any."""

    verbs: tuple[str, ...]
    connect: Connect | None = None


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
    connect = root.find("Connect")
    stream = connect.find("Stream") if connect is not None else None
    if connect is None or stream is None:
        return Twiml(verbs)
    return Twiml(verbs, _connect(connect, stream, url))


def _connect(connect: ElementTree.Element, stream: ElementTree.Element, url: str) -> Connect:
    target = urljoin(url.replace("http", "ws", 1), stream.get("url", ""))
    if urlsplit(target).scheme != "wss" and urlsplit(target).hostname not in LOOPBACK:
        raise CallError(f"Twilio 31922: the stream's URL has to begin with wss://, and is {target}")
    if urlsplit(target).query:
        raise CallError(f"Twilio 31920: a stream's URL must not have a query string, and is {target}")
    if stream.get("track", "inbound_track") != "inbound_track":
        raise CallError(f"Twilio 31941: <Connect><Stream> has the track {stream.get('track')}, not inbound_track")
    parameters = {each.get("name", ""): each.get("value", "") for each in stream.findall("Parameter")}
    for name, value in parameters.items():
        if len(name) + len(value) >= MAX_PARAMETER:
            raise CallError(f"the stream's <Parameter> {name[:40]} is not under {MAX_PARAMETER} characters")
    action = connect.get("action")
    return Connect(
        target,
        parameters,
        stream.get("name", ""),
        stream.get("statusCallback", ""),
        urljoin(url, action) if action is not None else "",
    )
