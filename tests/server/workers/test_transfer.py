"""A config on its way to another process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.config import load
from pipeline.server.workers.transfer import packed, unpacked
from tests.kit.configs import GOOD
from tests.kit.outside import ROOT
from tests.kit.reloading import CONFIG, ECHO

OPENED = """\
import sys
from pipeline.server.workers.transfer import unpacked
config = unpacked(sys.stdin.buffer.read())
print(config.hash, config.steps[1].kind.__name__, config.steps[1].settings.number)
"""


def test_it_arrives_as_it_was_checked(tmp_path: Path) -> None:
    """With the code of its own processors, also when the files have changed or gone since."""
    (tmp_path / "echo.py").write_text(ECHO)
    (tmp_path / "one.yaml").write_text(CONFIG.format(name="one", numbers="", number=7, folder=tmp_path))
    config = load(tmp_path / "one.yaml")
    for path in tmp_path.iterdir():
        path.unlink()
    command = [sys.executable, "-c", OPENED]
    done = subprocess.run(command, cwd=ROOT, input=packed(config), capture_output=True, check=True)
    assert done.stdout.decode().split() == [config.hash, "Echo", "7"]


USED = """\
import asyncio, sys
from pipeline.server.workers.transfer import unpacked
[item] = unpacked(sys.stdin.buffer.read()).tools
[tool] = item.tools()
print(tool.name, tool.about, asyncio.run(tool.use(tool.arguments.read('{"rooms": 3}'), None)).data)
"""


def test_its_tools_arrive_as_they_were_checked(tmp_path: Path) -> None:
    """With the functions of their file, also when that has gone since."""
    (tmp_path / "flats.py").write_text('def look(rooms: int) -> int:\n    """Looks."""\n    return 2 * rooms\n')
    (tmp_path / "one.yaml").write_text(f"{GOOD}tools: [flats.py]\n")
    config = load(tmp_path / "one.yaml")
    for path in tmp_path.iterdir():
        path.unlink()
    command = [sys.executable, "-c", USED]
    done = subprocess.run(command, cwd=ROOT, input=packed(config), capture_output=True, check=True)
    assert done.stdout.decode().split() == ["look", "Looks.", "6"]


def test_the_shipped_configs_arrive() -> None:
    """Each as it is."""
    for path in (ROOT / "configs/demo.yaml", ROOT / "configs/bench.yaml"):
        assert unpacked(packed(load(path))) == load(path)
