"""A call summed up from its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.text.heard import heard_words
from pipeline.tools.report.page import page
from pipeline.tools.report.record import read
from pipeline.tools.report.summary import Fault, stages, summarise
from tests.kit.pages_of_calls import HEBREW, HOSTILE, answer, parsed, told, turn


def test_a_call_is_told_as_it_was(record: Path) -> None:
    """Its turns with every stage, what was heard of each answer, and the interruption."""
    summary = summarise(read(record))
    assert [turn.text for turn in summary.turns] == [HEBREW, heard_words(HOSTILE)]
    first, second = summary.replies
    assert first.cut and not second.cut and second.heard == "Short." and summary.barge_ins == [first]
    assert f"{first.heard} {first.unheard}".strip() == "A long answer that nobody hears to its end."
    for each in summary.turns:
        assert [name for name, *_ in stages(each)] == ["endpointing", "recognition", "model", "voice", "breath"]
        assert each.started < each.ended < (each.audio_at or 0)
    assert len(summary.clears) == 3 and summary.cause == "stop" and not summary.faults
    assert [state for *_, state in summary.states][:3] == ["LISTENING", "THINKING", "SPEAKING"]
    assert summary.states[-1][1] == pytest.approx(read(record).seconds, abs=0.1)


def test_a_pause_made_on_purpose_is_no_part_of_the_voices_time() -> None:
    """The breath is the time for which sound that was there waited; of an older record it is all of that time."""
    events = [*turn(1, 0.5), *answer(1, 2.6)]
    spans = {name: round(end - start, 3) for name, start, end in stages(summarise(told(*events)).turns[0])}
    assert spans == {"endpointing": 0.5, "recognition": 0.1, "model": 0.2, "voice": 0.2, "breath": 0.1}
    older = [it for it in events if it[1] != "first_audio"]
    assert stages(summarise(told(*older)).turns[0]) == stages(summarise(told(*events)).turns[0])
    short = [(at, what, {**it, "breath": 0.2} if what == "first_audio" else it) for at, what, it in events]
    name, start, end = stages(summarise(told(*short)).turns[0])[-1]
    assert (name, start) == ("breath", end)


def test_sound_that_a_cough_discarded_did_not_wait() -> None:
    """The voice made it anew."""
    made = (2.2, "AudioOut", {"turn": 1, "text": "Yes.", "pcm": 1.0, "last": False})
    events = [*turn(1, 0.5), made, (2.3, "SpeechStarted", {"turn": 2, "at": 2.2, "pcm": 0.2}), *answer(1, 2.9)]
    assert summarise(told(*events)).turns[0].sound_at == pytest.approx(2.8)


def test_a_record_that_breaks_off_is_shown_as_far_as_it_goes(record: Path, tmp_path: Path) -> None:
    """The server died: half a line at the end, no sound, no cause."""
    folder = tmp_path / "CA0"
    folder.mkdir()
    data = (record / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(data[: len(data) // 2])
    html = page(read(folder)).html
    assert parsed(html) and "the record breaks off" in html and "has no sound" in html


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b'{"at": 1}\n', b"[1]\n", b'{"at":1,"what":"Transcript","frame":{}}\n']
)
def test_odd_events_are_passed_over(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is left out."""
    (tmp_path / "events.jsonl").write_bytes(content)
    assert parsed(page(read(tmp_path)).html)


def test_faults_are_listed() -> None:
    """With their times, in words, and the place of the step in the chain: its own, or that of the one of its class."""
    step = {"_": 1, "step": "Shout (my.yaml:9)", "error": "<b>"}
    breaker = {"_": 1, "provider": "{state}", "error": ""}
    other = {"frame": {"turn": 1, "text": ""}, "_": 1}
    events = [
        (0.5, "Transcript", {**other, "step": "Shout", "place": 3}),
        (0.6, "Transcript", {**other, "step": "Dedup", "place": 4}),
        (0.6, "Transcript", {**other, "step": "Dedup", "place": 5}),
        (1.0, "provider_failed", {"_": 1, "provider": "asr.google", "error": "PermissionDenied"}),
        (2.0, "fault", step),
        (3.0, "fault", {**step, "step": "Dedup (my.yaml:4)"}),
        (4.0, "fault", {**step, "step": "Dedup (my.yaml:4)", "place": 5}),
        (5.0, "breaker", breaker),
    ]
    record = told(*events, config="demo", hash="abc")
    assert summarise(record).faults == [
        Fault(1.0, "asr.google failed: PermissionDenied"),
        Fault(2.0, "<b> in Shout (my.yaml:9)", 3),
        Fault(3.0, "<b> in Dedup (my.yaml:4)"),
        Fault(4.0, "<b> in Dedup (my.yaml:4)", 5),
        Fault(5.0, "{state}: its breaker is ?"),
    ]
    assert "&lt;b&gt; in Shout" in page(record).html and "demo" in page(record).html
