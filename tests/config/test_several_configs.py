"""Several configs in one server: what they cannot share is said with both places."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pipeline.config import load, load_all, number
from pipeline.config.several_configs import refuse_unwritable
from pipeline.faults import ConfigError
from pipeline.tools.check.check import check
from tests.kit.chain import WHOLE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the configs stand and the program runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, head: str = "") -> None:
    """A config of the whole chain with these lines before it."""
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(head + WHOLE)


def faults(*names: str) -> list[str]:
    """What keeps these from sharing a server."""
    try:
        load_all([partial(load, name, env={}) for name in names])
    except ConfigError as error:
        return [f"{it.file}:{it.line}:{it.column} {it.text}" for it in error.faults if it.severity == "error"]
    return []


def test_configs_of_different_numbers_share_a_server() -> None:
    """And one that takes the rest, too."""
    write("a.yaml", 'numbers: ["+15551234567"]\n')
    write("b.yaml", 'numbers: ["+15551234568"]\n')
    write("c.yaml")
    assert faults("a.yaml", "b.yaml", "c.yaml") == []


def test_a_number_has_one_config() -> None:
    """Both places are named, the second with its line."""
    write("a.yaml", 'language: en-US\nnumbers:\n  - "+15551234560"\n  - "+15551234567"\n')
    write("b.yaml", 'numbers: ["+15551234567"]\n')
    with pytest.raises(ConfigError) as caught:
        load_all([partial(load, "a.yaml"), partial(load, "b.yaml")])
    assert str(caught.value).splitlines() == [
        "b.yaml:1:11: `b` answers this number, and so does `a`, at a.yaml:4:5",
        '  numbers: ["+15551234567"]',
        "            " + "^" * 14,
        "  a number has one config",
    ]


def test_a_name_has_one_config() -> None:
    """A config without one has its file's."""
    write("one/agent.yaml", 'numbers: ["+15551234567"]\n')
    write("two/agent.yaml")
    write("b.yaml", 'name: agent\nnumbers: ["+15551234568"]\n')
    assert faults("one/agent.yaml", "two/agent.yaml") == [
        "two/agent.yaml:0:0 a config is called `agent`, and so is the one at one/agent.yaml"
    ]
    assert faults("one/agent.yaml", "b.yaml") == [
        "b.yaml:1:7 a config is called `agent`, and so is the one at one/agent.yaml"
    ]


def test_any_number_has_one_config() -> None:
    """Two without numbers would both be meant."""
    write("a.yaml")
    write("b.yaml")
    assert faults("a.yaml", "b.yaml") == ["b.yaml:0:0 `b` answers any number, and so does `a` (a.yaml)"]


def test_a_number_that_two_inherit_is_named_where_it_stands() -> None:
    """Even if that is one place."""
    write("base.yaml", 'numbers: ["+15551234567"]\n')
    Path("a.yaml").write_text("extends: base.yaml\n")
    Path("b.yaml").write_text("extends: base.yaml\n")
    (fault,) = faults("a.yaml", "b.yaml")
    assert fault == "base.yaml:1:11 `b` answers this number, and so does `a`, at base.yaml:1:11"


def test_the_faults_of_all_configs_come_at_once() -> None:
    """Not only those of the first."""
    write("a.yaml", "langage: en-US\n")
    write("b.yaml", "langage: en-US\n")
    assert [fault.split()[0] for fault in faults("a.yaml", "b.yaml")] == ["a.yaml:1:1", "b.yaml:1:1"]


def test_check_takes_them_for_alternatives_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of configs for one number is clean by itself, and not in one server."""
    for name in ("a.yaml", "b.yaml"):
        write(name, 'numbers: ["+15551234567"]\n')
    assert check(["a.yaml", "b.yaml"]) == 0
    assert check(["."], together=True) == 1
    assert "b.yaml:1:11: `b` answers this number, and so does `a`, at a.yaml:1:11" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+972 3-123-4567", "+97231234567"),
        ("97231234567", "+97231234567"),
        ("SIP:Dana@Example.com", "sip:dana@example.com"),
    ],
)
def test_numbers_are_compared_by_what_they_call(one: str, other: str) -> None:
    """However they are written."""
    assert number(one) == number(other)


@pytest.mark.fault("H5")
@pytest.mark.parametrize("place", ["file", "/proc/here", "file/below"])
def test_a_record_folder_that_cannot_be_written_is_refused(folder: Path, place: str) -> None:
    """With its place and the reason; one that is not there yet is made."""
    (folder / "file").write_text("not a folder")
    write("bad.yaml", f"record: {{folder: {place}}}\n")
    write("good.yaml", "record: {folder: new/calls}\n")
    refuse_unwritable([load("good.yaml")])
    assert (folder / "new" / "calls").is_dir() and not list((folder / "new" / "calls").iterdir())
    with pytest.raises(ConfigError) as refused:
        refuse_unwritable([load("good.yaml"), load("bad.yaml")])
    assert str(refused.value).startswith("bad.yaml:1:18: calls cannot be recorded in ")
