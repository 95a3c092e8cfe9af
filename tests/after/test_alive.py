"""A process that has calls is known by a lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.after.alive import Alive, lives


def test_a_process_lives_until_it_closes(tmp_path: Path) -> None:
    """Its file goes with it."""
    alive = Alive(tmp_path)
    assert lives(tmp_path, alive.name)
    alive.close()
    assert not lives(tmp_path, alive.name) and not alive.path.exists()
    assert not lives(tmp_path, "") and not lives(tmp_path, "1-none")


def test_a_process_that_ended_without_a_word_is_gone(tmp_path: Path) -> None:
    """Its file stays, unlocked: a process id could be another's by now."""
    program = f"from pathlib import Path; from pipeline.after.alive import Alive; it = Alive(Path({str(tmp_path)!r})); "
    done = subprocess.run([sys.executable, "-c", program + "print(it.name)"], capture_output=True, check=True)
    name = done.stdout.decode().strip()
    assert (tmp_path / "processes" / name).exists() and not lives(tmp_path, name)
