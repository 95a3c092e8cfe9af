"""`run.py test`: which files it means, what it prints, what it writes, and its exit code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.faults import ConfigError, UsageError
from pipeline.tools.check.check import check
from pipeline.tools.configtest.options import ConfigTestOptions
from pipeline.tools.configtest.player import play
from pipeline.tools.configtest.reading import load
from pipeline.tools.configtest.session import changes, load_all, run_tests
from tests.kit.suites import TWO

CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.mark.parametrize("path", [".", "agent.yaml", "agent.test.yaml"])
def test_what_a_path_means(two: Any, path: str) -> None:
    """A folder, a config, or the file itself."""
    assert [it.path.name for it in load_all([path])] == ["agent.test.yaml"]


def test_some_of_them(two: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """By a part of their names; none at all is wrong use."""
    assert run_tests(ConfigTestOptions(paths=(".",), only="it answers <")) == 1
    assert "1 test, 1 failed" in capsys.readouterr().out
    with pytest.raises(UsageError, match="no test has `goodbye` in its name"):
        run_tests(ConfigTestOptions(paths=(".",), only="goodbye"))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """Any file in a folder, the one beside a config, or what was named."""
    (tmp_path / "x.yaml").touch()
    for path, told in (
        (tmp_path, r"has no \*.test.yaml in it"),
        (tmp_path / "x.yaml", r"x.test.yaml: no such file\n.*testing.md"),
        (tmp_path / "y.yaml", r"/y.yaml: no such file$"),
    ):
        with pytest.raises(ConfigError, match=told):
            run_tests(ConfigTestOptions(paths=(str(path),)))


def test_they_are_played_again_when_a_file_changes(two: Any) -> None:
    """Any that they were made of; a look that finds nothing new plays nothing."""
    looks: list[Any] = []

    def wait() -> None:
        looks.append(None)
        if len(looks) == 2:
            path = Path("agent.yaml")
            os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))

    watching = changes(lambda: load(Path("agent.test.yaml")).files, wait)
    next(watching)
    assert not looks
    next(watching)
    assert len(looks) == 2


def test_check_looks_at_tests_too(two: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder's, with its configs; and it plays nothing."""
    assert check(["."]) == 0
    assert capsys.readouterr().out == "2 files, all clean\n"
    Path("agent.test.yaml").write_text(TWO.replace("helo", "[helo]"), encoding="utf-8")
    assert check(["."]) == 1
    assert "agent.test.yaml:8:35: `text` wants text, got a list" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.test.yaml")), ids=lambda path: path.name)
def test_the_shipped_configs_do_what_their_tests_say(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In virtual time, without a network."""
    assert run_tests(ConfigTestOptions(paths=(str(path),))) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", ["bench", "demo", "demo_he", "maximus_he"])
def test_a_shipped_test_is_the_same_call_every_time(name: str) -> None:
    """Byte for byte, and event for event."""
    for case in load(CONFIGS / f"{name}.test.yaml").cases[:3]:
        first, second = ("\n".join(map(repr, play(case.config, case.send).events)) for _ in range(2))
        assert first == second and "Media" not in first
