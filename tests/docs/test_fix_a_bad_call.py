"""docs/fix-a-bad-call.md does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/fix-a-bad-call.md").read_text(encoding="utf-8")


def masked(line: str) -> str:
    """A line without its figures, and without the blanks that depend on how wide they are."""
    line = re.sub(r"calls/\S+/labels", "calls/<date>/<call_sid>/labels", line)
    line = re.sub(r"\s+", " ", re.sub(r"\d+", "0", line)).strip()
    return re.sub(r"(0 ms) → 0 ms", r"\1", line)  # a loop that was a millisecond late


def words(command: str, folder: Path) -> list[str]:
    """What a shell makes of a command in this folder: the one pattern becomes the one call."""
    (call,) = [it.relative_to(folder) for it in folder.glob("calls/*/*")] or [None]
    return [str(call) if it == "calls/*/*" else it for it in command.split()]


def test_the_page_runs(tmp_path: Path) -> None:
    """Its commands, in their order, print the lines that it shows, figures aside."""
    (config,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "hasty.yaml").write_text(config, encoding="utf-8")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    commands = re.findall(r"^    python run.py (.*)$", PAGE, re.MULTILINE)
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    told = []
    for command in commands:
        run = subprocess.run(
            [sys.executable, ROOT / "run.py", *words(command, tmp_path)], cwd=tmp_path, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        told.append(run.stdout)
    for printed, wanted in zip(told[1:], shown, strict=True):
        lines = {masked(line) for line in printed.splitlines()}
        lines |= {line.partition(",")[0].rstrip(".") for line in lines}  # how far apart the moments are, differs
        assert not [line for line in wanted.splitlines() if masked(line) not in lines], printed
    assert "hello I am → hello I am looking for an apartment" in told[2]
    chosen = float(re.findall(r"min_silence=(.*)s$", told[-1], re.MULTILINE)[-1])
    assert chosen < 0.48  # which the page guessed
    assert re.search(r"^Choose this: errors: 0, delay", told[-1], re.MULTILINE)
