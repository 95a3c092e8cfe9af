"""What a call costs is counted, and held to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.guard import baseline
from benchmarks.guard.counting import BENCH, Counts

ROOT = Path(__file__).parents[2]
THEN = Counts({"processors/pacer.py": 4000, "pipeline/chain.py": 6000}, 1000, 500, 100)


def test_a_minute_of_call_costs_what_it_did() -> None:
    """No more than 5 % more calls and blocks of memory than when somebody last said why."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.guard"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    if "no baseline" in done.stdout:
        pytest.skip(done.stdout)
    assert "calls per frame" in done.stdout and "blocks of memory per frame" in done.stdout


def test_a_step_more_is_seen(tmp_path: Path) -> None:
    """Of a config with one more step to cross, more calls are counted, and at the step's own module."""
    counting = "import sys, msgspec; from pathlib import Path; from loguru import logger; logger.remove()\n"
    counting += (
        "from benchmarks.guard.counting import count; print(msgspec.json.encode(count(Path(sys.argv[1]))).decode())"
    )
    config = tmp_path / "more.yaml"
    more = BENCH.read_text().replace("  - end_of_utterance", "  - vad.energy: {rms: 210}\n  - end_of_utterance")
    config.write_text(more)
    done = subprocess.run([sys.executable, "-c", counting, config], cwd=ROOT, capture_output=True, text=True)
    found = msgspec.json.decode(done.stdout, type=Counts)
    # Each of two steps: a call a frame, and one at the beginning.
    assert found.calls["processors/vad/energy.py"] == 2 * (found.call_frames + 1)


@pytest.mark.parametrize(
    ("calls", "blocks", "holds"), [(1.04, 1, True), (1.06, 1, False), (1, 1.06, False), (0.5, 0.5, True)]
)
def test_growth_of_more_than_a_twentieth_fails(calls: float, blocks: float, holds: bool) -> None:
    """Of calls or of memory; what shrinks holds."""
    now = {module: round(times * calls) for module, times in THEN.calls.items()}
    found, lines = baseline.verdict(Counts(now, 1000, round(500 * blocks), 100), THEN)
    assert found == holds and len(lines) >= 2


def test_who_grew_is_said() -> None:
    """With the module that makes more calls, and none that does not."""
    grown = Counts({**THEN.calls, "processors/pacer.py": 5000}, 1000, 500, 100)
    _, lines = baseline.verdict(grown, THEN)
    assert lines[2:] == ["  processors/pacer.py: +1.00 calls per frame"]


def test_notes_stay(tmp_path: Path) -> None:
    """A baseline written anew keeps the reasons of those before it, and other versions' counts."""
    file = tmp_path / "counts.json"
    baseline.write(THEN, "first", "3.11", file)
    baseline.write(THEN, "other", "3.12", file)
    baseline.write(THEN, "second", "3.11", file)
    known = baseline.read(file)
    assert [note.why for note in known["3.11"].notes] == ["first", "second"]
    assert known["3.12"].counts == THEN and known["3.12"].notes[0] == baseline.Note("other", 10.0, 5.0)


def test_every_baseline_has_a_reason() -> None:
    """The file that is shipped holds one for each version that is judged."""
    assert {"3.11", "3.12", "3.13"} <= set(baseline.read())
    for known in baseline.read().values():
        assert known.notes[-1].why and known.notes[-1].calls == round(known.counts.calls_per_frame, 2)
