"""The verbs of TwiML, written: a webhook's answer is `response(play(…), hangup())`.

Source: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def response(*verbs: Element) -> str:
    """Return a TwiML document: these verbs, to be obeyed in order."""
    root = Element("Response")
    root.extend(verbs)
    return _DECLARATION + tostring(root, encoding="unicode")


def say(words: str, language: str) -> Element:
    """Return `<Say>`: Twilio's own voice speaks these words."""
    element = Element("Say", language=language)
    element.text = words
    return element


def play(url: str) -> Element:
    """Return `<Play>`: the sound at this URL."""
    element = Element("Play")
    element.text = url
    return element


def gather(*prompts: Element, keys: int, timeout: int) -> Element:
    """Return `<Gather>`: these verbs are heard, and so many keys, in so many seconds, are posted to the same page."""
    element = Element("Gather", numDigits=str(keys), timeout=str(timeout))
    element.extend(prompts)
    return element


def dial(number: str, *, action: str, timeout: float, caller_id: str = "", brief: str = "") -> Element:
    """Return `<Dial>`: a person is rung for `timeout` seconds, and `action` is requested once that is over.

    `caller_id` is the number that they see, by default the caller's; `brief` has TwiML for them, before they are
    connected.
    """
    element = Element("Dial", action=action, timeout=str(round(timeout)), answerOnBridge="true")
    if caller_id:
        element.set("callerId", caller_id)
    SubElement(element, "Number", {"url": brief} if brief else {}).text = number
    return element


def hangup() -> Element:
    """Return `<Hangup>`."""
    return Element("Hangup")


def reject(reason: str) -> Element:
    """Return `<Reject>` with its reason, `busy` or `rejected`."""
    return Element("Reject", reason=reason)


def connect(url: str, parameters: Mapping[str, str], *, action: str, status: str) -> Element:
    """Return `<Connect><Stream>`: the call becomes a media stream to `url`, which is told these parameters.

    Twilio requests `action` once the stream has ended, and posts reports of its state to `status`.
    """
    element = Element("Connect", action=action)
    stream = SubElement(element, "Stream", statusCallback=status, url=url)
    for name, value in parameters.items():
        SubElement(stream, "Parameter", name=name, value=value)
    return element
