"""The page of a call, and its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pipeline.records.reader import Event
from pipeline.tools.report.record import CallRecord

# Markup of every kind, a terminal's escape, an end of line that only scripts know, and letters that turn a line around.
HOSTILE = '<script>alert("1")</script><img src=x onerror=alert(1)><!-- \x1b[2J & ]]> \u2028\u202eevil\'"`\\u0041'
Told = tuple[float, str, dict[str, Any]]  # an event: its time, its name, its fields
HEBREW = "שלום, אני מחפש דירה"


def parsed(html: str) -> ElementTree.Element:
    """The page as XML, which it has to be."""
    return ElementTree.fromstring(html.removeprefix("<!DOCTYPE html>"))


def told(*events: Told, folder: Path = Path("x"), **about: Any) -> CallRecord:
    """A record without sound: its events are a time, a name, and the fields of a frame or, with `_`, its own."""
    made = [
        Event(
            at,
            number,
            what,
            {name: it for name, it in content.items() if name != "_"} if "_" in content else {"frame": content},
        )
        for number, (at, what, content) in enumerate(events)
    ]
    return CallRecord(folder=folder, events=made, caller=b"", agent=b"", about=about)


def turn(number: int, at: float, words: str = "hello") -> list[Told]:
    """A caller's turn of a second, decided half a second later, with its words 0.1 s after that."""
    return [
        (at + 0.1, "SpeechStarted", {"turn": number, "at": at, "pcm": 0.2}),
        (at + 1.5, "SpeechStopped", {"turn": number, "at": at + 1.5}),
        (at + 1.5, "Utterance", {"turn": number, "started": at, "ended": at + 1.0, "pcm": 1.2, "voiced": 0.9}),
        (at + 1.6, "Transcript", {"turn": number, "text": words, "final": True, "confidence": 0.87}),
    ]


def answer(number: int, at: float, words: str = "Yes.", until: float | None = None) -> list[Told]:
    """An answer whose words are known 0.3 s before it is audible, and its sound 0.1 s before."""
    spoken: list[Told] = [
        (at - 0.3, "ReplyText", {"turn": number, "text": words}),
        (at - 0.1, "AudioOut", {"turn": number, "text": words, "pcm": 1.0, "last": True}),
        (at, "first_audio", {"_": 1, "turn": number, "after": 0.6, "breath": 0.6}),
        (at, "AgentSpeaking", {"on": True, "heard": ""}),
    ]
    return [*spoken, (until, "AgentSpeaking", {"on": False, "heard": words})] if until is not None else spoken
