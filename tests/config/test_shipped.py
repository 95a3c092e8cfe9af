"""`kav:NAME`: the configs that come with Kav."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.config.findings import Findings
from pipeline.config.shipped import FOLDER, given, located, names
from pipeline.faults import ConfigError, FaultFound, Place

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command line in an empty folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "run.py"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"}
        )

    return run


def test_a_name_is_a_file_that_exists() -> None:
    """Every name is that of a config, none of them a file of tests, and leads to its file."""
    assert {"demo", "maximus_he"} <= set(names()) and not any("test" in each for each in names())
    assert all(located(f"kav:{each}").resolve() == FOLDER / f"{each}.yaml" for each in names())


def test_a_file_below_the_working_directory_is_shown_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The path is relative where that is shorter, and whole elsewhere."""
    monkeypatch.chdir(ROOT)
    assert located("kav:demo") == Path("configs/demo.yaml")
    monkeypatch.chdir(tmp_path)
    assert located("kav:demo") == FOLDER / "demo.yaml"


def test_other_paths_stay_as_they_are() -> None:
    """Only the scheme makes a name."""
    assert [located(each) for each in ("demo", Path("a/kav:demo"), "Kav:demo")] == [
        Path("demo"),
        Path("a/kav:demo"),
        Path("Kav:demo"),
    ]


@pytest.mark.parametrize("name", ["demoo", "", "../configs/demo", "demo.yaml", "demo.test", "*"])
def test_an_unknown_name_is_a_fault_that_lists_the_known_ones(name: str) -> None:
    """Also one that looks like a path; the place is the one given."""
    with pytest.raises(FaultFound) as found:
        located(f"kav:{name}", Place("x.yaml", 3, 4))
    assert found.value.at == Place("x.yaml", 3, 4) and "`kav:demo`" in found.value.hint


def test_a_config_is_loaded_by_its_name() -> None:
    """By the Python interface as well; a wrong name is a fault of the config."""
    assert load("kav:demo").name == "demo"
    with pytest.raises(ConfigError, match="no config `nothing` comes with Kav"):
        load("kav:nothing")


def test_of_several_paths_the_wrong_names_are_noted() -> None:
    """The others are given."""
    findings = Findings()
    assert list(given(["kav:no", "a.yaml", "kav:nor"], findings)) == [Path("a.yaml")]
    assert [each.file for each in findings.faults] == ["kav:no", "kav:nor"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "kav:demo"), "1 file, 3 tools, all clean"),
        (("check", "kav:demo", "kav:bench"), "2 files, 3 tools, all clean"),
        (("print", "kav:demo"), "asr.pocketsphinx"),
        (("graph", "kav:demo"), "pacer"),
        (("list", "kav:demo"), "pacer"),
        (("schema", "kav:demo"), "pacer"),
        (("test", "kav:bench"), "passed"),
        (("call", "kav:bench", "--wav", str(ROOT / "configs/demo/rooms.wav")), "ok"),
    ],
    ids=lambda it: it[0] if isinstance(it, tuple) else "",
)
def test_verbs_take_the_name_in_any_folder(run: Run, arguments: tuple[str, ...], told: str) -> None:
    """In an empty folder, where no path would lead to the file."""
    done = run(*arguments)
    assert done.returncode == 0 and told in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    "verb", ["check", "print", "graph", "list", "schema", "test", "call", "demo", "go", "storm", "serve"]
)
def test_verbs_refuse_an_unknown_name(run: Run, verb: str) -> None:
    """With the known ones, and with no traceback."""
    done = run(verb, "kav:demoo")
    told = done.stdout + done.stderr
    assert done.returncode == 1 and "did you mean `kav:demo`?" in told and "Traceback" not in told, told
