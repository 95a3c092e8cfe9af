"""The plug-ins of a call are in its record, as they ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from pipeline.faults import KavError
from pipeline.records.plugins import has_run_here, installed
from pipeline.records.reader import Recording
from pipeline.records.recorded_config import recorded_config
from pipeline.testing import play
from tests.kit.chain import chain
from tests.kit.plugged import PLUGIN, plugged, recorded


def test_the_files_are_in_the_record(tmp_path: Path) -> None:
    """By their paths, with their hashes, beside the config that names them."""
    folder = recorded(plugged(tmp_path / "mine"), tmp_path / "calls")
    assert (folder / "loud.py").read_text() == PLUGIN and (folder / "steps/shout.py").is_file()
    about = Recording.load(folder).about
    assert [it.name for it in about.plugins] == ["loud.py", "steps/shout.py"]
    assert len({it.hash for it in about.plugins}) == 2
    assert load(folder / "config.yaml").steps[5].kind.__name__ == "Loud"


def test_the_source_that_ran_is_kept_not_that_of_the_disk(tmp_path: Path) -> None:
    """A file may change between the start of a server and a call."""
    path = plugged(tmp_path / "mine")
    config = load(path)
    (path.parent / "loud.py").write_text("not python at all")
    play(config, [], 1.0, keep=tmp_path / "calls")
    (folder,) = (tmp_path / "calls").glob("*/*")
    assert (folder / "loud.py").read_text() == PLUGIN


def test_only_what_was_recorded_here_has_run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its content: a byte more is another file. A home that cannot be written knows none."""
    folder = recorded(plugged(tmp_path / "mine"), tmp_path / "calls")
    assert has_run_here(folder / "loud.py")
    (folder / "loud.py").write_text(PLUGIN + "\n")
    assert not has_run_here(folder / "loud.py")
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    assert not has_run_here(folder / "steps/shout.py")
    assert recorded(tmp_path / "mine/mine.yaml", tmp_path / "others").is_dir()


def test_a_package_is_named_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And with the hash of its source, as a package under development changes without one."""
    package = tmp_path / "packaged"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "loud.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "mine.yaml"
    path.write_text(chain("plugins: [packaged]\n").replace("  - tts", "  - packaged.loud\n  - tts", 1))
    (found,) = installed(load(path))
    assert (found.name, found.version, len(found.hash)) == ("packaged", "", 64)


TOOLS = """
from kav.tool import tool

@tool(effect=True, say="Yes.")
def book(flat: str) -> str:
    \"\"\"Books a flat.\"\"\"
    return "booked"

def look_up(rooms: int) -> int:
    \"\"\"Looks up flats.\"\"\"
    return rooms
"""


@pytest.mark.parametrize("swap", [{}, {"tools.book": {"script": {"give": [1]}}}])
def test_the_tools_of_a_call_are_in_its_record(tmp_path: Path, swap: dict[str, Any]) -> None:
    """With the file that ran; a replay has the same tools, and stand-ins of a function are stand-ins there."""
    (tmp_path / "flats.py").write_text(TOOLS)
    path = tmp_path / "mine.yaml"
    path.write_text(chain("tools: [flats.py]\n"))
    config = load(path, swap=swap)
    play(config, [], 1.0, keep=tmp_path / "calls")
    (folder,) = (tmp_path / "calls").glob("*/*")
    assert (folder / "flats.py").read_text() == TOOLS
    again = recorded_config(folder)
    assert [(it.word, it.names) for it in again.tools] == [(it.word, it.names) for it in config.tools]
    found = {tool.name: tool for it in again.tools for tool in it.tools()}
    assert found["book"].about == "Books a flat." and found["book"].is_effect
    (folder / "flats.py").write_text(TOOLS + "print(1)\n")
    with pytest.raises(KavError, match=r"brings code that never ran here: flats\.py"):
        recorded_config(folder)
