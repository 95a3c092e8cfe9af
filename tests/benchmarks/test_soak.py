"""The judgement of a soak with faults."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.soak.faults import FAULTS, Plan
from benchmarks.soak.judging import heard
from benchmarks.soak.verdict import Reading, left_behind, slope
from benchmarks.soak.waits import Waits
from pipeline import audio
from pipeline.phone.result import CallResult, Turn

SILENCE = bytes(audio.FRAME_BYTES)


def call(*pieces: tuple[float, bool], **changed: object) -> CallResult:
    """A call whose caller spoke from 1 s to 2 s; the agent's track has these lengths of sound or silence."""
    track = b"".join(audio.tone(length) if loud else SILENCE * round(length / 0.02) for length, loud in pieces)
    found = CallResult(
        call_sid="CA1",
        stream_sid="MZ1",
        started=0.0,
        ended=audio.seconds(track),
        turns=(Turn("", 1.0, 2.0, 3.0),),
        agent_track=track,
    )
    return msgspec.structs.replace(found, **changed)


def quiet(begin: float, end: float) -> float:
    """No time was waited for a core."""
    return 0.0


def complaints(result: CallResult, stalls: list[float] | None = None) -> list[str]:
    """What is wrong with a call."""
    return heard(result, 0.0, 0.0).complaints(stalls or [], 0.3, quiet)


def test_a_call_that_was_answered_in_time_is_clean() -> None:
    """Silence after the reply is the caller's own."""
    assert complaints(call((3.0, False), (2.0, True), (9.0, False))) == []


def test_silences_of_two_seconds_count_before_and_within_a_reply() -> None:
    """And so does a turn without any sound."""
    for late in (call((4.5, False), (2.0, True)), call((3.0, False), (1.0, True), (2.5, False), (1.0, True))):
        assert complaints(late) == ["2.50 s of silence"]
    dumb = call((9.0, False), turns=(Turn("", 1.0, 2.0, None),))
    assert complaints(dumb) == ["1 of 1 turns were not answered", "7.00 s of silence"]


def test_a_hole_counts_unless_the_loop_was_stopped_just_before() -> None:
    """And is then no longer than that."""
    broken = call((3.0, False), (2.0, True), underruns=((4.0, 0.2),))
    assert complaints(broken) == ["a hole of 200 ms"]
    assert complaints(broken, [3.5]) == [] and complaints(broken, [1.0]) == ["a hole of 200 ms"]
    assert complaints(call((3.0, False), (2.0, True), underruns=((4.0, 0.5),)), [3.5]) == ["a hole of 500 ms"]


def test_what_the_machine_did_is_not_the_servers_fault() -> None:
    """A server that waited for a core, and a phone that was late itself."""
    broken = heard(call((4.5, False), (2.0, True), underruns=((4.0, 0.2),)), 0.0, 0.0)
    assert broken.complaints([], 0.3, lambda begin, end: 0.6) == []
    late = msgspec.structs.replace(broken, late=0.25)
    assert late.complaints([], 0.3, quiet) == ["2.50 s of silence"]


def test_a_call_that_was_cut_is_not_clean() -> None:
    """Whatever the caller had heard before."""
    assert complaints(call((3.0, False), (2.0, True), error="the agent hung up")) == ["the agent hung up"]


def test_memory_grows_by_its_slope_after_the_warm_up() -> None:
    """MB an hour, by least squares."""
    readings = [Reading(at, 1000 * at if at < 600 else 600_000 + 1.024 * (at - 600)) for at in range(0, 3600, 5)]
    assert slope(readings, 600.0) == pytest.approx(3.6)
    assert slope(readings[:2], 600.0) == 0.0


def test_what_is_left_is_named() -> None:
    """A few files may be opened once; no call, task or child may stay."""
    before = dict.fromkeys(("files", "threads", "children", "tasks", "active"), 10)
    assert left_behind(before, {**before, "files": 18, "threads": 16}) == {}
    left = left_behind(before, {**before, "files": 19, "tasks": 11})
    assert left == {"files": "10 -> 19", "tasks": "10 -> 11"}


def test_all_faults_come_before_any_comes_again() -> None:
    """In an order of the seed; `only` chooses by a word."""
    names = Plan(1.0, 1, 5.0, 7, "").names()
    assert {next(names) for _ in FAULTS} == set(FAULTS)
    chosen = Plan(1.0, 1, 5.0, 7, "disk").names()
    assert next(chosen) == next(chosen) == "disk full"


def test_waits_are_the_kernels() -> None:
    """Of processes that have gone, nothing."""
    waits = Waits([2**22 + 1])
    waits.look()
    assert waits.between(0.0, 1e9) == 0.0
