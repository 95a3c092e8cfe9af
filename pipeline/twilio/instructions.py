"""The verbs of TwiML that a call obeys, read as strictly as Twilio reads them.

Source: https://www.twilio.com/docs/voice/twiml, and the error codes 31920, 31922, 31941, 12200 and 13214.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import msgspec

from pipeline.faults import KavError

MAX_PARAMETER = 500  # characters of a name and its value together
LOOPBACK = ("127.0.0.1", "localhost", "::1")  # hosts that need no TLS, as no real Twilio can reach them
NUMBER = re.compile(r"\+?[0-9]{3,15}")  # that can be dialled
KEYS = re.compile(r"[0-9*#wWA-D]*")  # that `<Play digits>` sends; `w` is a pause


class CallError(KavError):
    """A call could not be placed; the text is one sentence."""


class Connect(msgspec.Struct, frozen=True):
    """The media stream that TwiML connects a call to; URLs are absolute."""

    url: str
    parameters: dict[str, str] = {}
    name: str = ""
    status: str = ""  # URL for reports of the stream's state; empty for no reports
    action: str = ""  # URL to request when the stream has ended; empty for no request


class Say(msgspec.Struct, frozen=True):
    """Words in Twilio's own voice."""

    text: str
    language: str = ""


class Play(msgspec.Struct, frozen=True):
    """The sound at a URL, or keys."""

    url: str = ""
    digits: str = ""


class Gather(msgspec.Struct, frozen=True):
    """Keys that a person presses, while `prompts` are heard; they are posted to `action`, by default to the page."""

    action: str
    most: int = 0
    timeout: float = 5.0
    prompts: tuple[Say | Play, ...] = ()


class Dial(msgspec.Struct, frozen=True):
    """A person who is rung for the caller; `url` has TwiML for that person, before the two are connected."""

    number: str
    url: str = ""
    action: str = ""
    timeout: float = 30.0  # seconds of ringing
    caller_id: str = ""


class Hangup(msgspec.Struct, frozen=True):
    """The end of a call."""


class Other(msgspec.Struct, frozen=True):
    """A verb that changes nothing here, such as `<Pause>`."""

    tag: str


Instruction = Connect | Say | Play | Gather | Dial | Hangup | Other


def instruction(verb: Element, url: str) -> Instruction:
    """Return the instruction of a verb that was served at `url`; raises CallError if Twilio could not obey it."""
    match verb.tag:
        case "Connect" if (stream := verb.find("Stream")) is not None:
            return _connect(verb, stream, url)
        case "Say" | "Play":
            return _sound(verb, url)
        case "Gather":
            prompts = tuple(_sound(each, url) for each in verb if each.tag in ("Say", "Play"))
            action = urljoin(url, verb.get("action", ""))
            return Gather(action, int(verb.get("numDigits", 0)), float(verb.get("timeout", 5)), prompts)
        case "Dial":
            return _dial(verb, url)
        case "Hangup":
            return Hangup()
    return Other(verb.tag)


def _sound(verb: Element, url: str) -> Say | Play:
    if verb.tag == "Say":
        return Say("".join(verb.itertext()).strip(), verb.get("language", ""))
    if not KEYS.fullmatch(digits := verb.get("digits", "")):
        raise CallError(f"Twilio 12200: <Play digits> has {digits[:40]!r}, which are no keys")
    text = (verb.text or "").strip()
    return Play(urljoin(url, text) if text else "", digits)


def _dial(verb: Element, url: str) -> Dial:
    number = verb.find("Number")
    text = ((number.text if number is not None else verb.text) or "").strip()
    if not NUMBER.fullmatch(text):
        raise CallError(f"Twilio 13214: <Dial> has no number that can be dialled, but {text[:40]!r}")
    brief, action = number.get("url") if number is not None else None, verb.get("action")
    return Dial(
        text,
        urljoin(url, brief) if brief else "",
        urljoin(url, action) if action else "",
        float(verb.get("timeout", 30)),
        verb.get("callerId", ""),
    )


def _connect(connect: Element, stream: Element, url: str) -> Connect:
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
