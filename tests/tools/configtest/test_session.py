"""`run.py test`: which files it means, what it prints, what it writes, and its exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.faults import ConfigError, UsageError
from pipeline.tools.check.check import check
from pipeline.tools.configtest.options import ConfigTestOptions
from pipeline.tools.configtest.player import play
from pipeline.tools.configtest.reading import load
from pipeline.tools.configtest.session import changes, load_all, run_tests
from pipeline.tools.configtest.suite import Suite

CONFIGS = Path(__file__).parents[3] / "configs"
TWO = """\
tests:
  - name: it answers
    send: [{speech: 1s, at: 1s}]
    expect: [{heard: /seven/}]
  - name: it answers <otherwise>
    send: [{speech: 1s, at: 1s}]
    expect:
      - {frame: Transcript, text: helo, at: 1s}
"""
PRINTED = """\
agent.test.yaml
  ✓ it answers  (7.9 s)
  ✗ it answers <otherwise>  (7.9 s)

    agent.test.yaml:8:9: expected frame Transcript text "helo" at 1s
      came: frame Transcript turn=1 text="hello" final=true language="en-US" confidence=1 at 2.360 s
      around it:
           2.360 s  frame SpeechStopped turn=1 at=2.36
           2.360 s  log STATE LISTENING → THINKING
           2.360 s  frame Utterance turn=1 pcm=1.56s started=1 ended=2 voiced=1
           2.360 s  log ASR_TEXT: hello
           2.360 s  frame Transcript turn=1 text="hello" final=true language="en-US" confidence=1
           2.360 s  frame ReplyText turn=1 text="One two three four five six."
           2.360 s  frame AudioOut turn=1 pcm=1.68s text="One two three four five six." last=false
           2.360 s  frame ReplyText turn=1 text="And seven."
           2.360 s  frame ReplyEnded turn=1 reason="done"
           2.360 s  frame AudioOut turn=1 pcm=0.00s text="One two three four five six." last=true
           2.360 s  frame AudioOut turn=1 pcm=0.60s text="And seven." last=false
           2.360 s  frame AudioOut turn=1 pcm=0.00s text="And seven." last=true
           2.360 s  log tts_done turn=1 seconds=2.28
           2.360 s  frame AudioEnded turn=1
           2.660 s  log STATE THINKING → SPEAKING
           2.660 s  control Clear turn=1
           2.660 s  message clear
           2.660 s  message media
           2.660 s  control AgentSpeaking on=true heard=""
           2.660 s  message media × 18

2 tests, 1 failed; 15.9 s of calls
"""


@pytest.fixture
def two(suite: Callable[..., Suite]) -> None:
    """Two tests in the current folder, of which one fails."""
    suite(TWO)


def test_what_is_printed(two: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each test; of one that failed, what was expected, what came, and the events around it."""
    assert run_tests(ConfigTestOptions(paths=("agent.test.yaml",))) == 1
    assert capsys.readouterr().out == PRINTED


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


def test_as_json(two: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as data."""
    run_tests(ConfigTestOptions(paths=(".",), as_json=True))
    told = json.loads(capsys.readouterr().out)
    assert (told["tests"], told["failed"]) == (2, 1)
    [failure] = told["outcomes"][1]["failures"]
    assert failure["place"] == {"file": "agent.test.yaml", "line": 8, "column": 9, "width": 39}
    assert failure["came"] and failure["around"]


def test_as_junit(two: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """XML that a CI system can read: counts, names, times, and the failure's message."""
    run_tests(ConfigTestOptions(paths=(".",), junit=Path("report.xml")))
    root = ElementTree.parse("report.xml").getroot()
    [suite] = root
    assert (root.tag, suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuites", "testsuite", "2", "1")
    assert [case.get("name") for case in suite] == ["it answers", "it answers <otherwise>"]
    assert all(float(case.get("time")) > 7 for case in suite)
    [failure] = suite.iter("failure")
    assert failure.get("message").startswith('agent.test.yaml:8:9: expected frame Transcript text "helo"')


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
