"""The outcomes as JSON, as JUnit's XML and as lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.tools.configtest.options import ConfigTestOptions
from pipeline.tools.configtest.session import run_tests

PRINTED = """\
agent.test.yaml
  ✓ it answers  (7.9 s)
  ✗ it answers <otherwise>  (7.9 s)

    agent.test.yaml:8:9: expected frame Transcript text "helo" at 1s
      came: frame Transcript turn=1 text="hello" final=true language="en-US" confidence=1 failed=false at 2.360 s
      around it:
           2.360 s  frame SpeechStopped turn=1 at=2.36 silence=0.36
           2.360 s  log STATE LISTENING → THINKING
           2.360 s  frame Utterance turn=1 pcm=1.56s started=1 ended=2 voiced=1
           2.360 s  log ASR_TEXT: hello
           2.360 s  frame Transcript turn=1 text="hello" final=true language="en-US" confidence=1 failed=false
           2.360 s  frame ReplyText turn=1 text="One two three four five six."
           2.360 s  frame ReplyText turn=1 text="And seven."
           2.360 s  frame ReplyEnded turn=1 reason="done"
           2.360 s  frame AudioOut turn=1 pcm=1.67s text="One two three four five six." last=false
           2.360 s  frame AudioOut turn=1 pcm=0.01s text="One two three four five six." last=false
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


def test_what_is_printed(two: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each test; of one that failed, what was expected, what came, and the events around it."""
    assert run_tests(ConfigTestOptions(paths=("agent.test.yaml",))) == 1
    assert capsys.readouterr().out == PRINTED


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
