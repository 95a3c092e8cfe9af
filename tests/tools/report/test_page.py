"""`report`: a call on one page, from a real record, read as XML and looked at in a real browser."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.records.reader import Event
from pipeline.tools.report.options import ReportOptions
from pipeline.tools.report.page import page
from pipeline.tools.report.record import CallRecord, read
from pipeline.tools.report.summary import summarise
from pipeline.tools.report.verb import report
from tests.kit.pages_of_calls import HEBREW, parsed

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


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
    assert report.run(ReportOptions(calls=(str(record),), out=out, sound=True)) == 0
    assert "data:audio/wav;base64,UklGR" in out.read_text() and len(list(parsed(out.read_text()).iter("script"))) == 1
    assert report.run(ReportOptions(calls=(str(record),), out=out)) == 0 and "audio" not in {
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
    report.run(ReportOptions(calls=(str(record),), out=path, sound=sound))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1000,1200"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [str(CHROMIUM), *options, profile, f"--screenshot={shot}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "CONSOLE" not in done.stderr and "Refused" not in done.stderr, done.stderr
    assert colours(shot.read_bytes()) > 100
