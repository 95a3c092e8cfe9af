"""One measurement, as a line of JSON, and the file of all of them, which an interrupted run goes on with."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.load.outcome import Outcome, Spread


class Setup(msgspec.Struct, frozen=True):
    """What every figure in a file depends on; those of another machine or tree do not belong into it."""

    machine: str
    versions: dict[str, str]


class About(msgspec.Struct, frozen=True, tag="about"):
    """The first line of a file: when and how it was begun. `missing` says what is not in it, and why."""

    setup: Setup
    command: str
    began: str
    missing: list[str] = []


class Run(msgspec.Struct, frozen=True, tag="run"):
    """One server under one load.

    `cores` are those that the server took and `load_cores` those of the generator, `foreign` those of all else on this
    machine; `memory` is what the server grew by for each call, kB; `lag` is its event loop's. `stalled` is for how long
    this machine's virtual CPUs stood still (s). `underruns` are the server's, `excused` those right after such a stall;
    the outcome's own list is left out.
    """

    server: str
    calls: int
    repeat: int
    cores: float
    memory: float
    lag: Spread
    load_cores: float
    foreign: float
    stalled: float
    underruns: int
    excused: int
    outcome: Outcome

    @property
    def window(self) -> float:
        """Seconds in which all calls were under way: what was measured."""
        return self.outcome.ended - self.outcome.began


class Results(msgspec.Struct, frozen=True):
    """What a file holds."""

    about: About
    runs: list[Run]


def read(file: Path) -> Results | None:
    """All of a file; None if there is none. A last line that was cut off does not count.

    Raises ValueError if it is not such a file.
    """
    if not file.exists():
        return None
    lines = file.read_bytes().split(b"\n")
    try:
        about, *runs = [msgspec.json.decode(line, type=About | Run) for line in lines[:-1] if line.strip()]
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(f"{file} is not a file of results: {error}") from None
    if not isinstance(about, About) or not all(isinstance(run, Run) for run in runs):
        raise ValueError(f"{file} is not a file of results: it has to begin with what it is about, once")
    return Results(about, [run for run in runs if isinstance(run, Run)])


def append(file: Path, line: About | Run) -> None:
    """Add a line, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cut_off = file.exists() and not file.read_bytes().endswith(b"\n")
    if cut_off:
        whole = file.read_bytes().rpartition(b"\n")
        file.write_bytes(whole[0] + whole[1])
    with file.open("ab") as into:
        into.write(msgspec.json.encode(line) + b"\n")
