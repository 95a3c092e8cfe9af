"""The lines of a log, in any order and any dress."""

from __future__ import annotations

import random
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipeline.tools.diagnose.diagnosis import diagnosed
from pipeline.tools.diagnose.lines import read
from tests.kit.logs import LOGS, STAGES, text

JUMPING = ("over_midnight", "late_over_midnight", "clock_set_back")  # their order shows what their times do not


def is_timed(name: str) -> bool:
    """True if every line of a log has a time, and that alone gives their order."""
    lines = read(text(name))
    ordered = all(line.at is not None and line.kind not in ("traceback", "raised") for line in lines)
    return bool(lines) and ordered and name not in JUMPING


@pytest.mark.parametrize("name", [name for name in STAGES if is_timed(name)])
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_lines_with_times_does_not_matter(name: str, seed: int) -> None:
    """Shuffled, they say the same."""
    lines = text(name)
    random.Random(seed).shuffle(lines)
    assert [each.stage for each in diagnosed(lines)] == [each.stage for each in diagnosed(text(name))]


SAID = some.sampled_from(
    ["WS_START {}", "WS_MEDIA {} rx=50", "ASR_TEXT: ", "ASR_TEXT: hello", "tts_done {}", "TTS_ERR: no", "WS_TX {} tx=9",
     "BARGE_IN: interrupt", "DEDUP", "GREETING", "WS_DONE {} rx=90 tx=9", "WS_DONE {} rx=0 tx=0",
     "CALL_ENDED cause=lost", '"GET /ws/twilio-media HTTP/1.1" 404', '"POST /webhook/incoming_call HTTP/1.1" 200']
)  # fmt: skip
SIDS = some.sampled_from(["sid=MZaaaaaaaa", "sid=MZbbbbbbbb", ""])


@given(some.lists(some.tuples(SAID, SIDS), max_size=14), some.randoms())
def test_any_lines_with_times_say_the_same_in_any_order(said: list[tuple[str, str]], chance: Random) -> None:
    """Calls are put together by their sids and by time, not by where a line was pasted."""
    lines = [f"09:00:{second:02d} {line.format(sid)}" for second, (line, sid) in enumerate(said)]
    expected = [(each.call, each.stage, each.figures) for each in diagnosed(lines)]
    chance.shuffle(lines)
    assert [(each.call, each.stage, each.figures) for each in diagnosed(lines)] == expected


@given(some.lists(some.one_of(some.text(), SAID, some.tuples(SAID, some.text()).map("".join))))
def test_no_text_is_too_odd(lines: list[str]) -> None:
    """Whatever is pasted, there is an answer or none, and it can be printed."""
    for each in diagnosed(lines):
        assert str(each).isprintable() or "\n" in str(each)


@given(some.binary(max_size=300), some.sampled_from(sorted(STAGES)), some.integers(0, 2000))
def test_a_log_that_is_cut_and_dirty_is_still_read(noise: bytes, name: str, at: int) -> None:
    """Bytes in the middle of a log, or its end missing, fail nothing."""
    data = (LOGS / f"{name}.log").read_bytes()
    for broken in (data[:at], data[:at] + noise + data[at:]):
        diagnosed(broken.decode("utf-8", "replace").split("\n"))


@pytest.mark.parametrize("time", ["1795341601", "1795341601000", "1795341601000000", '"2026-11-22T10:00:01Z"'])
def test_times_of_json_are_read_in_any_unit(time: str) -> None:
    """Seconds, milliseconds or microseconds since 1970, or a clock's text."""
    (line,) = read([f'{{"time": {time}, "message": "ASR_TEXT: hello"}}'])
    assert line.at is not None and line.at % 60 == 1


@pytest.mark.parametrize("time", ['"1e999"', '"inf"', '"nan"', "-5", "null", "[]", "1e30"])
def test_an_impossible_time_is_none(time: str) -> None:
    """And keeps nothing waiting."""
    (line,) = read([f'{{"time": {time}, "message": "ASR_TEXT: hello"}}'])
    assert line.word == "hello"
