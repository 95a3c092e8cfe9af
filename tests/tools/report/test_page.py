"""`report`: a call on one page, from a real record, read as XML."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.tools.report.options import ReportOptions
from pipeline.tools.report.page import page
from pipeline.tools.report.record import CallRecord, read
from pipeline.tools.report.verb import report
from tests.kit.pages_of_calls import HEBREW, HOSTILE, Told, answer, parsed, told, turn

TAGS = re.findall(
    r"\w+",
    "html head meta title style script body h1 h2 section p del a dl div dt dd bdi ul ol li i span pre code details "
    "summary table tbody tr td button label select output input audio svg path rect text",
)


def hostile() -> CallRecord:
    """A call in which every text is hostile: words, names, numbers, classes, steps."""
    fault = {"_": 1, "step": HOSTILE, "error": HOSTILE, "place": HOSTILE, "reason": HOSTILE, HOSTILE: HOSTILE}
    events: list[Told] = [
        (0.0, "CallStarted", {"call_sid": HOSTILE, "stream_sid": HOSTILE, "parameters": {HOSTILE: HOSTILE}}),
        (0.1, "state", {"_": 1, "was": HOSTILE, "now": HOSTILE}),
        (0.5, "Transcript", {"turn": 1, "text": HOSTILE, "final": False}),
        *turn(1, 0.2, HOSTILE),
        *answer(1, 2.0, HOSTILE),
        (2.5, "Interrupt", {"turn": 1, "heard": HOSTILE[:20], "heard_seconds": 0.5}),
        *((3.0, what, fault) for what in ("fault", "refused", "provider_failed", "breaker", HOSTILE)),
        (3.1, "ReplyText", {"turn": 9, "text": HOSTILE}),
        (3.2, "TurnDropped", {"turn": 1, "reason": HOSTILE}),
        (4.0, "ended", {"_": 1, "cause": HOSTILE}),
    ]
    about = dict.fromkeys(("began", "caller", "called", "config", "path", "hash", "language"), HOSTILE)
    return told(*events, folder=Path(f"/x/{HOSTILE}"), **about)


@pytest.mark.fault("I-4")
def test_hostile_words_are_nothing_but_words() -> None:
    """No element, no control character, and no letter that turns a line around, wherever they stand."""
    html = page(hostile(), sound_url=HOSTILE, config_now=HOSTILE).html
    tree = parsed(html)
    assert {each.tag for each in tree.iter()} <= set(TAGS) and len(list(tree.iter("script"))) == 2
    assert not [name for each in tree.iter() for name in each.attrib if name.startswith("on")]
    assert not set("\x1b\u2028\u202e") & set(html) and html.lower().count("</script") == html.count("<script") == 2
    assert any("<script>alert" in "".join(each.itertext()) for each in tree.iter("p"))


def test_the_events_are_whole_in_the_page() -> None:
    """As data, each with its fields; unprintable characters are escapes that the reader sees."""
    record = hostile()
    (data,) = [each.text for each in parsed(page(record).html).iter("script") if each.get("id")]
    found: list[dict[str, Any]] = json.loads(data or "")
    shown = HOSTILE.replace("\x1b", "\\u001b").replace("\u2028", "\\u2028").replace("\u202e", "\\u202e")
    assert [(it["at"], it["frame"] if "frame" in it else it["what"]) for it in found][2] == (
        0.5,
        {"turn": 1, "text": shown, "final": False},
    )
    assert len(found) == len(record.events) and found[-1]["cause"] == shown


@pytest.mark.fault("I-4")
def test_its_policy_lets_nothing_else_run(record: Path) -> None:
    """The style and the script by their hashes, the same in the page as in a header, and no address of the net."""
    made = page(read(record))
    tree = parsed(made.html)
    (meta,) = [each.get("content", "") for each in tree.iter("meta") if each.get("http-equiv")]
    assert made.policy == f"{meta}; frame-ancestors 'none'"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        text = re.findall(f"<{tag}>(.*?)</{tag}>", made.html, re.DOTALL)[-1]
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in made.policy
    assert "default-src 'none'" in made.policy and "unsafe" not in made.policy
    assert "http" not in made.html.replace("http-equiv", "") and " style=" not in made.html


def test_hebrew_runs_from_right_to_left(record: Path) -> None:
    """Each text finds its own direction."""
    (said,) = [each for each in parsed(page(read(record)).html).iter("p") if (each.text or "").strip() == HEBREW]
    assert said.get("dir") == "auto"


def test_the_sound_can_be_kept_in_the_page(record: Path, tmp_path: Path) -> None:
    """As mu-law in the page itself; without it there is none to play."""
    out = tmp_path / "call.html"
    assert report.run(ReportOptions(calls=(str(record),), out=out, sound=True)) == 0
    assert "data:audio/wav;base64,UklGR" in out.read_text() and "media-src data:" in out.read_text()
    assert report.run(ReportOptions(calls=(str(record),), out=out)) == 0
    assert not list(parsed(out.read_text()).iter("audio")) and "media-src 'none'" in out.read_text()


def test_the_sound_can_come_from_a_server(record: Path) -> None:
    """From an address of the page's own origin; a call without sound asks for none."""
    made = page(read(record), sound_url="/reports/CA1/audio.wav")
    (player,) = parsed(made.html).iter("audio")
    assert player.get("src") == "/reports/CA1/audio.wav" and "media-src 'self'" in made.policy
    assert not list(parsed(page(told(*turn(1, 0.5)), sound_url="/a.wav").html).iter("audio"))
    assert read(record).wav[:4] == b"RIFF"


@pytest.mark.parametrize("name", ["demo_en", "maximus_he"])
def test_an_older_record_has_its_page(name: str) -> None:
    """With the sound that is in its compressed messages, and the breath that its events imply."""
    record = read(Path("tests/data/records") / name)
    tree = parsed(page(record).html)
    assert record.caller and record.agent and not [p for p in tree.iter("p") if "has no sound" in (p.text or "")]
    assert [each.get("id") for each in tree.iter("li") if each.get("id")] == [f"step-{place}" for place in range(12)]


def test_the_page_of_ten_minutes_is_under_three_megabytes() -> None:
    """Noise on both sides, a turn every five seconds."""
    noise = np.random.default_rng(1).integers(-8000, 8000, 600 * 8000).astype("<i2").tobytes()
    events = [
        event
        for at in range(5, 600, 5)
        for event in (*turn(at // 5, at, HEBREW), *answer(at // 5, at + 2, "About as long as they are.", at + 4.0))
    ]
    call = told(*events)
    record = CallRecord(folder=Path("x"), events=call.events, caller=noise, agent=noise, about={})
    html = page(record).html
    assert len(html.encode()) < 3_000_000
    assert sum(each.get("data-start") is not None for each in parsed(html).iter("svg")) == 60


@pytest.mark.parametrize("content", [{}, {"turn": [], "at": {}, "text": 5, "on": 1, "heard": 7, "reason": None}])
def test_events_of_another_form_break_nothing(content: dict[str, Any]) -> None:
    """Fields that are missing or of another type, for every name of an event, in the middle of a call."""
    names = ("SpeechStarted", "SpeechStopped", "Utterance", "Transcript", "ReplyText", "AudioOut", "AgentSpeaking")
    more = ("Interrupt", "TurnDropped", "CallStarted", "Clear", "MarkPlayed", "ReplyStopped")
    own = ("state", "ended", "fault", "first_audio", "reply_unfinished", "intro_dropped", "asr", "voiced")
    odd = [(2.2, name, content) for name in names + more] + [(2.2, name, {**content, "_": 1}) for name in own]
    call = told(*turn(1, 0.5), *odd, *answer(1, 2.6, "Yes.", 3.5), caller=5, hash=[], began=7, path={})
    assert "hello" in page(call).html and parsed(page(call).html)
