"""Run a Python program and note how late its event loop is, the same way for every server.

python -m benchmarks.peers.lag LAGS -- run.py serve configs/bench.yaml
python -m benchmarks.peers.lag LAGS -- -m benchmarks.peers.bare

Every 100 ms it asks uvloop to be woken, and appends the time and by how much that was late (seconds, native doubles).
"""

from __future__ import annotations

import runpy
import struct
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import uvloop

EVERY = 0.1  # seconds; uvloop's timers have steps of a millisecond
FORM = struct.Struct("dd")


class _Watched(uvloop.Loop):  # `uvloop.new_event_loop` makes one of what this name holds
    into: BinaryIO

    def run_forever(self) -> None:
        self._look_again(time.monotonic())
        super().run_forever()

    def _look_again(self, now: float) -> None:
        self.call_later(EVERY, self._look, now + EVERY)

    def _look(self, due: float) -> None:
        now = time.monotonic()
        self.into.write(FORM.pack(now, max(0.0, now - due)))
        self._look_again(now)


def read(file: Path) -> list[tuple[float, float]]:
    """What was noted: the time (CLOCK_MONOTONIC) and the lag, in seconds."""
    data = file.read_bytes()
    return list(FORM.iter_unpack(data[: len(data) // FORM.size * FORM.size]))


def main() -> None:
    """Put the watch in place, and become the program."""
    file, _, *command = sys.argv[1:]
    with Path(file).open("wb", buffering=0) as into:  # servers are killed
        _Watched.into = into
        replaced: Any = uvloop
        replaced.Loop = _Watched
        sys.argv = command[1:] if command[0] == "-m" else command
        if command[0] == "-m":
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.path[0] = str(Path(command[0]).parent.resolve())
            runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main()
