"""The benchmark's command line, as far as it measures nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench import results
from benchmarks.bench.results import About, Setup
from benchmarks.bench.running import Bench
from pipeline.faults import UsageError
from tests.kit.runs import run

ROOT = Path(__file__).parents[2]


def test_there_is_nothing_to_report(tmp_path: Path) -> None:
    """Of a file that does not exist, or is another one: used wrongly, in a line."""
    other = tmp_path / "other.jsonl"
    other.write_text("no results\n")
    for file, said in ((tmp_path / "none.jsonl", "there is no"), (other, "is not a file of results")):
        command = [sys.executable, "-m", "benchmarks", "report", "--out", str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_figures_of_another_machine_are_left_alone(tmp_path: Path) -> None:
    """A run does not go on in a file that holds them; nor in one that holds something else."""
    file = tmp_path / "full.jsonl"
    bench = Bench(file, quick=False, repeats=1, loads={}, patience=0.0)
    results.append(file, About(Setup("another machine", {}), "command", "then"))
    before = file.read_bytes()
    with pytest.raises(UsageError, match="another machine, tree or version"):
        bench.begin(Setup("this machine", {}), [])
    assert file.read_bytes() == before
    file.write_text("notes\n")
    with pytest.raises(UsageError, match="not a file of results"):
        bench.begin(Setup("this machine", {}), [])


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    """A run goes on with the points that its file does not hold."""
    file, loads = tmp_path / "full.jsonl", {"kav": [1, 10], "bare loop": [1, 10], "pipecat": [1, 10]}
    bench = Bench(file, quick=False, repeats=1, loads=loads, patience=0.0)
    bench.begin(Setup("this machine", {}), ["no peer"])
    results.append(file, run("kav", 1))
    again = Bench(file, quick=False, repeats=1, loads=loads, patience=0.0)
    again.begin(Setup("this machine", {}), [])
    assert [(point.server, point.calls) for point in again.todo(["kav", "bare loop"])] == [
        ("bare loop", 1),
        ("kav", 10),
        ("bare loop", 10),
    ]
    assert again.known().about.missing == ["no peer"]
