"""The systemd unit in deploy/, by systemd's own judgement."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config.toplevel import ServerSettings
from tests.kit.pages import read

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
EXPOSURE = 15  # tenths of a point on systemd's scale to 100: what is below is green


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return a copy of the unit that names a program of this machine."""
    path = tmp_path / "kav.service"
    path.write_text(read("deploy/kav.service").replace("/opt/kav/bin/kav", sys.executable))
    return path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `systemd-analyze` and return what it printed."""
    return subprocess.run(("systemd-analyze", *arguments), capture_output=True, text=True)


def test_the_unit_is_sound(unit: Path) -> None:
    """systemd knows each line of it."""
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_closed(unit: Path) -> None:
    """systemd calls its exposure OK."""
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert done.returncode == 0, done.stdout[-200:]


def test_calls_may_finish() -> None:
    """systemd waits longer for the end of the server than the server for its calls."""
    minutes = re.search(r"^TimeoutStopSec=(\d+)min$", read("deploy/kav.service"), re.MULTILINE)
    assert minutes and int(minutes[1]) * 60 > ServerSettings().drain
