"""The items of `tools` as they are read: words, files, and stand-ins of one tool of a file."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import load
from pipeline.config.findings import Findings
from pipeline.config.loading import read
from tests.kit.configs import GOOD, Write, faults

FLATS = '''
def look(rooms: int) -> int:
    """Looks up flats."""
    return rooms

def book(flat: str) -> str:
    """Books a flat."""
    return flat
'''


def test_an_item_knows_its_tools_and_its_place(write: Write) -> None:
    """A word has one, a file one for each function."""
    Path("flats.py").write_text(FLATS)
    config = load(write(f"tools: [flats.py, {{script: {{name: find, about: Finds.}}}}]\n{GOOD}"), env={})
    assert [(it.word, it.names, it.where) for it in config.tools] == [
        ("python", ("look", "book"), "x.yaml:1"),
        ("script", ("find",), "x.yaml:1"),
    ]


def test_a_fault_in_a_file_has_its_line_shown(write: Write) -> None:
    """As one in YAML has."""
    Path("flats.py").write_text(FLATS.replace("rooms: int", "rooms"))
    findings = Findings()
    assert read(write(f"tools: [flats.py]\n{GOOD}"), findings, env={}) is None
    [fault] = findings.faults
    assert (fault.line, fault.column, fault.width) == (2, 5, 4)
    assert findings.lines[fault.file][1] == "def look(rooms) -> int:"


def test_a_stand_in_of_a_function_has_its_own_faults(write: Write) -> None:
    """And its name has to be that of a tool."""
    Path("flats.py").write_text(FLATS)
    base = write(f"tools: [flats.py]\n{GOOD}")
    assert faults(base, swap={"tools.look": {"script": {"give": [1]}}}) == []
    [fault] = faults(base, swap={"tools.look": {"script": {"aftr": "1s"}}})
    assert "`script` has no setting `aftr` | did you mean `after`?" in fault
    [fault] = faults(base, swap={"tools.lok": {"script": {"give": [1]}}})
    assert "there is no tool `lok` | did you mean `look`?" in fault


def test_code_that_has_not_run_is_not_judged(write: Write) -> None:
    """Where none may be run, as in an editor: the config stays unjudged, with a warning."""
    Path("flats.py").write_text(f"{FLATS}x = 1\n")
    path, findings = write(f"tools: [flats.py]\n{GOOD}"), Findings()
    assert read(path, findings, env={}, run_plugins=False) is None
    assert [each.text for each in findings.warnings] == ["`flats.py` is a plug-in whose code has not run as it is now"]
    load(path, env={})
    assert read(path, Findings(), env={}, run_plugins=False) is not None
