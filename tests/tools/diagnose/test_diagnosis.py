"""`diagnose` says of each of these logs where the call stopped, and never fails on any text."""

from __future__ import annotations

import random
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipeline.tools.diagnose.diagnosis import diagnosed
from pipeline.tools.diagnose.lines import read

LOGS = Path(__file__).parents[2] / "data/logs"
STAGES = dict(line.split(":", 1) for line in (LOGS / "stages.txt").read_text().splitlines())


def text(name: str) -> list[str]:
    """The lines of one of the logs."""
    return (LOGS / f"{name}.log").read_bytes().decode("utf-8", "replace").split("\n")


@pytest.mark.parametrize("name", STAGES)
def test_each_log_is_read_to_the_stage_at_which_its_call_stopped(name: str) -> None:
    """A sentence on what is wrong, the lines that show it as they stand in the log, and what to do."""
    found = diagnosed(text(name))
    assert ", ".join(each.stage for each in found) == STAGES[name].strip()
    for each in found:
        assert each.says and bool(each.do) is not each.healthy
        assert each.healthy or each.evidence or not each.certain


def test_every_log_has_its_stage() -> None:
    """None is left out of the table."""
    assert {path.stem for path in LOGS.glob("*.log")} == set(STAGES) and len(STAGES) >= 40


@pytest.mark.parametrize("name", [name for name in STAGES if (lines := read(text(name))) and lines[0].at is not None])
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


def test_what_would_settle_it_is_said() -> None:
    """A log that breaks off after the words names the lines that are missing."""
    (found,) = diagnosed(["WS_START sid=MZ1", "WS_MEDIA sid=MZ1 rx=50", "ASR_TEXT: hello"])
    assert not found.certain and "WS_DONE" in found.settles and "these would settle it" in str(found)
    (sure,) = diagnosed(["WS_START sid=MZ1", "ASR_TEXT: hello", "WS_DONE sid=MZ1 rx=300 tx=0"])
    assert sure.certain and sure.evidence == ((2, "ASR_TEXT: hello"), (3, "WS_DONE sid=MZ1 rx=300 tx=0"))


def test_what_a_log_says_moves_no_cursor() -> None:
    """Control characters in a caller's words come out as harmless ones."""
    (found,) = diagnosed(["WS_START sid=MZ1", "ASR_TEXT: a\x1b]0;title\x07\x9b2J", "WS_DONE sid=MZ1 rx=300 tx=0"])
    assert all(char.isprintable() or char == "\n" for char in str(found))
