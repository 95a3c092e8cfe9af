"""`report`: a call on one page, from a real record, read as XML and looked at in a real browser."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest

from pipeline.config import Config, RecordSettings
from pipeline.faults import KavError
from pipeline.phone.script import InterruptAfter, Pcm, WaitReply
from pipeline.records.reader import Event
from pipeline.testing import voice
from pipeline.tools.report.options import ReportOptions
from pipeline.tools.report.page import page
from pipeline.tools.report.record import CallRecord, read
from pipeline.tools.report.summary import CallSummary, stages, summarise
from pipeline.tools.report.verb import report
from tests.kit.dialled import dial

HOSTILE = '<script>alert("1")</script>\x1b[2J & ]]>'
HEBREW = "שלום, אני מחפש דירה"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


@pytest.fixture(scope="module")
def record(agent: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a call of two turns, of which the second interrupts."""
    folder = tmp_path_factory.mktemp("calls")
    config = agent(
        [HEBREW, HOSTILE], ["A long answer that nobody hears to its end.", "Short."], {"tts.ms_per_letter": 50}
    )
    config = msgspec.structs.replace(config, record=RecordSettings(folder=str(folder)))
    script = (Pcm(voice(0.6)), InterruptAfter(0.4, Pcm(voice(0.5, 400.0))), WaitReply())
    assert dial(config, *script).result.ok
    (events,) = folder.rglob("events.jsonl")
    return events.parent


def parsed(html: str) -> ElementTree.Element:
    """The page as XML, which it has to be."""
    return ElementTree.fromstring(html.removeprefix("<!DOCTYPE html>"))


def test_a_call_is_told_as_it_was(record: Path) -> None:
    """Its turns with every stage, what was heard of each answer, and the interruption."""
    summary = summarise(read(record))
    assert [turn.text for turn in summary.turns] == [HEBREW, HOSTILE]
    first, second = summary.replies
    assert first.cut and not second.cut and second.heard == "Short."
    assert f"{first.heard} {first.unheard}".strip() == "A long answer that nobody hears to its end."
    for turn in summary.turns:
        assert [name for name, *_ in stages(turn)] == ["endpointing", "recognition", "model", "voice and breath"]
        assert turn.started < turn.ended < turn.audio_at
    assert len(summary.clears) == 3 and summary.cause == "stop" and not summary.faults


def test_what_a_caller_says_is_nothing_but_words(record: Path) -> None:
    """No element, no control character, and a policy that would run none of it."""
    html = page(read(record), summarise(read(record)))
    tree = parsed(html)
    assert not list(tree.iter("script")) and "\x1b" not in html
    assert any((each.text or "").startswith("<script>alert") for each in tree.iter("p"))
    assert "default-src 'none'" in html and "script-src" not in html and "http" not in html.replace("http-equiv", "")


def test_hebrew_runs_from_right_to_left(record: Path) -> None:
    """Each text finds its own direction."""
    (said,) = [each for each in parsed(page(read(record), summarise(read(record)))).iter("p") if each.text == HEBREW]
    assert said.get("dir") == "auto"


def test_the_sound_can_be_kept_in_the_page(record: Path, tmp_path: Path) -> None:
    """As mu-law in the page itself; without it there is none."""
    out = tmp_path / "call.html"
    assert report.run(ReportOptions(folder=record, out=out, sound=True)) == 0
    assert "data:audio/wav;base64,UklGR" in out.read_text() and len(list(parsed(out.read_text()).iter("script"))) == 1
    assert report.run(ReportOptions(folder=record, out=out)) == 0 and "audio" not in {
        each.tag for each in parsed(out.read_text()).iter()
    }


def test_the_page_of_ten_minutes_is_under_three_megabytes() -> None:
    """Noise on both sides, a turn every five seconds."""
    noise = np.random.default_rng(1).integers(-8000, 8000, 600 * 8000).astype("<i2").tobytes()
    events = [
        Event(at + after, 0, what, {"frame": {"turn": at // 5, **frame}})
        for at in range(5, 600, 5)
        for after, what, frame in (
            (0.1, "SpeechStarted", {"at": at, "pcm": 0.2}),
            (1.5, "SpeechStopped", {"at": at + 1.5}),
            (1.5, "Utterance", {"started": at, "ended": at + 1.0, "pcm": 1.2, "voiced": 0.9}),
            (1.6, "Transcript", {"text": HEBREW, "final": True}),
            (1.8, "ReplyText", {"text": "An answer of about this length, as they are."}),
            (2.0, "AgentSpeaking", {"on": True, "heard": ""}),
            (4.0, "AgentSpeaking", {"on": False, "heard": "An answer of about this length, as they are."}),
        )
    ]
    record = CallRecord(folder=Path("x"), events=events, caller=noise, agent=noise, about={})
    html = page(record, summarise(record))
    assert len(html.encode()) < 3_000_000 and len(list(parsed(html).iter("svg"))) == 31


def test_a_record_that_breaks_off_is_shown_as_far_as_it_goes(record: Path, tmp_path: Path) -> None:
    """The server died: half a line at the end, no sound, no cause."""
    folder = tmp_path / "CA0"
    folder.mkdir()
    data = (record / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(data[: len(data) // 2])
    cut = read(folder)
    html = page(cut, summarise(cut))
    assert parsed(html) and "the record breaks off" in html and "has no sound" in html


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b'{"at": 1}\n', b"[1]\n", b'{"at":1,"what":"Transcript","frame":{}}\n']
)
def test_odd_events_are_passed_over(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is left out."""
    (tmp_path / "events.jsonl").write_bytes(content)
    assert parsed(page(read(tmp_path), summarise(read(tmp_path))))


def test_faults_are_listed() -> None:
    """With their times, in words."""
    events = [
        Event(1.0, 0, "provider_failed", {"provider": "asr.google", "error": "PermissionDenied"}),
        Event(2.0, 0, "fault", {"step": "Shout (my.yaml:9)", "error": "<b>"}),
    ]
    record = CallRecord(folder=Path("x"), events=events, caller=b"", agent=b"", about={"config": "demo", "hash": "abc"})
    assert summarise(record).faults == [(1.0, "asr.google failed: PermissionDenied"), (2.0, "<b> in Shout (my.yaml:9)")]
    assert "&lt;b&gt; in Shout" in page(record, CallSummary(faults=summarise(record).faults))
    assert "demo" in page(record, CallSummary())


def test_a_folder_without_a_record_is_named(tmp_path: Path) -> None:
    """With what keeps one."""
    with pytest.raises(KavError, match=r"is no record of a call.*record: \{folder: calls\}"):
        read(tmp_path)


# ---- in a browser -------------------------------------------------------------------------------------------------


def colours(png: bytes) -> int:
    """How many different bytes a picture's rows have: a blank page has a handful."""
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        data += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return len(set(zlib.decompress(data)))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("sound", [False, True])
def test_a_browser_shows_it(record: Any, tmp_path: Path, sound: bool) -> None:
    """With its style, which the policy lets through, and without a word of complaint."""
    path, shot = tmp_path / "call.html", tmp_path / "call.png"
    report.run(ReportOptions(folder=record, out=path, sound=sound))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1000,1200"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [str(CHROMIUM), *options, profile, f"--screenshot={shot}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "CONSOLE" not in done.stderr and "Refused" not in done.stderr, done.stderr
    assert colours(shot.read_bytes()) > 100
