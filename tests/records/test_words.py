"""The words of recorded calls, and events without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline import events as kinds
from pipeline import frames
from pipeline.records.files import About
from pipeline.records.reader import Event, events
from pipeline.records.timeline import timeline
from pipeline.records.words import SPOKEN, are_logged, redacted_event, without_words, words

LABELS = (
    "cause",
    "error",
    "language",
    "name",
    "provider",
    "step",
    "settings",
    "frames",
    "tool",
    "use",
    "grants",
    "end",
)
OURS = frozenset((*LABELS, "outcome", "reason", "state", "why", "was", "now"))
IDENTIFIERS = frozenset(("call_sid", "stream_sid", "parameters"))
SOUND = frozenset(("pcm", "payload", "data"))  # bytes, which no event has on disk
CARD = "4242 4242 4242 4242"
TOLD = [
    kind
    for kind in (*vars(frames).values(), *kinds.EVENTS.values())
    if isinstance(kind, type) and issubclass(kind, frames.Frame | frames.Control | kinds.Event)
]
RECORDS = Path(__file__).parents[1] / "data" / "records"


def test_the_words_of_both_sides_are_found() -> None:
    """A line for each turn and each reply, whole replies also where the caller interrupted."""
    said = words(timeline(events(RECORDS / "demo_en")[0]))
    assert said.caller == "hello i am looking for an apartment"
    assert said.agent == "Kav Homes, hello.\nGladly. How many rooms do you need?"


@pytest.mark.parametrize("name", ["demo_en", "maximus_he"])
def test_no_word_is_left_in_events_without_words(name: str) -> None:
    """Neither of the caller nor of the agent; times, turns and causes stay."""
    found = events(RECORDS / name)[0]
    said = words(timeline(found))
    bare = [without_words(it) for it in found]
    text = msgspec.json.encode(bare).decode()
    assert said.caller and not [line for line in (*said.caller.splitlines(), *said.agent.splitlines()) if line in text]
    assert words(timeline(bare)).caller == "" and words(timeline(bare)).agent.strip() == ""
    assert [(it.at, it.what) for it in bare] == [(it.at, it.what) for it in found]
    assert timeline(bare).gaps == timeline(found).gaps and bare[-1] == found[-1]


@pytest.mark.parametrize(
    ("what", "content", "left"),
    [
        ("asr", {"turn": 1, "text": "hello", "confidence": 0.9}, {"turn": 1, "text": "", "confidence": 0.9}),
        ("bit", {"to": "hello", "ask": 1, "got": "Yes"}, {"to": "", "ask": 1, "got": ""}),
        ("sound", {"to": "Yes", "ask": 1, "got": 320}, {"to": "", "ask": 1, "got": 320}),
        ("fault", {"step": "Google, line 3", "error": "OSError"}, {"step": "Google, line 3", "error": "OSError"}),
        ("mood", {"score": 3, "why": ["he said no"]}, {"score": 3, "why": [""]}),
        ("Lead", {"step": "Leads", "frame": {"name": "Dana"}}, {"step": "Leads", "frame": {"name": ""}}),
        (
            "Interrupt",
            {"step": "Pacer", "frame": {"turn": 1, "heard": "Three"}},
            {"step": "Pacer", "frame": {"turn": 1, "heard": ""}},
        ),
    ],
)
def test_fields_with_words_are_blank(what: str, content: dict[str, Any], left: dict[str, Any]) -> None:
    """Of a plug-in's own events every text, as it may be words."""
    assert without_words(Event(1.0, 0, what, content)).content == left


@pytest.mark.parametrize(
    ("about", "config", "logged"),
    [
        (True, "log_words: false\n", True),
        (False, "", False),
        (None, "language: en-US\nlog_words: false\n", False),
        (None, "language: en-US\nlog_words: true\n", True),
        (None, None, True),
    ],
)
def test_the_config_that_answered_says_if_words_are_logged(
    tmp_path: Path, about: bool | None, config: str | None, logged: bool
) -> None:
    """Its call.json says it; in a record of an early version, its config alone."""
    if config is not None:
        (tmp_path / "config.yaml").write_text(config)
    assert are_logged(tmp_path, About(call_sid="", began="", log_words=about)) is logged


@pytest.mark.parametrize(
    ("event", "field", "left"),
    [
        ({"what": "Transcript", "frame": {"text": "4242 4242 4242 4242 ok", "final": True}}, "text", "[card] ok"),
        ({"what": "Transcript", "frame": {"text": "4242 4242 42", "final": False}}, "text", "•••• •••• ••"),
        ({"what": "Dtmf", "frame": {"digit": "7"}}, "digit", "•"),
        ({"what": "Keys", "frame": {"digits": "12#"}}, "digits", "•••"),
        ({"what": "Transcript", "frame": {"text": "[keys] 12#"}}, "text", "[keys] •••"),
        ({"what": "Interrupt", "frame": {"turn": 1, "heard": "it is 4242 42"}}, "heard", "it is •••• ••"),
        ({"what": "asr", "turn": 1, "text": "dana at gmail dot com"}, "text", "[e-mail]"),
        ({"what": "bit", "to": "hi", "ask": 1, "got": "42"}, "got", "••"),
        ({"what": "of_a_plugin", "note": ["0501234567"]}, "note", ["[phone]"]),
    ],
)
def test_personal_data_is_masked_in_events(event: dict[str, Any], field: str, left: object) -> None:
    """Whole words are read for it; of pieces and beginnings, in which a number is not whole, each digit is masked."""
    told = redacted_event(event)
    assert told.get("frame", told)[field] == left and told["what"] == event["what"]


@pytest.mark.fault("I-3")
@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_each_field_is_of_one_class(kind: type[Any]) -> None:
    """Words, our own vocabulary, an identifier, sound or a figure: a new field has to be put in one of them."""
    for field in msgspec.structs.fields(kind):
        classes = [field.name in each for each in (SPOKEN, OURS, IDENTIFIERS, SOUND)]
        # A use is a number in one class, and a name in another: of figures only those with words would be lost.
        assert field.name not in SPOKEN if _is_figure(field.type) else sum(classes) == 1, field.name


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_a_card_number_survives_in_no_field_with_words(kind: type[Any]) -> None:
    """Nor in those of an event inside another."""
    fields = {it.name: CARD for it in msgspec.structs.fields(kind) if it.name in SPOKEN}
    frame = {"what": kind.__name__, "step": "x", "frame": fields}
    told = redacted_event({"what": kind.name, **fields} if issubclass(kind, kinds.Event) else frame)
    assert "4242" not in msgspec.json.encode(told).decode()


def _is_figure(kind: Any) -> bool:
    return kind in (int, float, bool, int | None, float | None, bool | None)
