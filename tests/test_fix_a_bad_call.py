"""docs/fix-a-bad-call.md does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/fix-a-bad-call.md").read_text(encoding="utf-8")


def masked(line: str) -> str:
    """A line without its figures, and without the blanks that depend on how wide they are."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", "0", line)).strip()


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
            [sys.executable, ROOT / "run.py", *command.split()], cwd=tmp_path, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        told.append(run.stdout)
    for printed, wanted in zip(told[1:], shown, strict=True):
        lines = {masked(line) for line in printed.splitlines()}
        lines |= {line.partition(",")[0].rstrip(".") for line in lines}  # how far apart the moments are, differs
        assert not [line for line in wanted.splitlines() if masked(line) not in lines], printed
    assert "hello I am → hello I am looking for an apartment" in told[-1]
