"""Files of tests: what they mean, and every fault in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.faults import ConfigError
from pipeline.tools.configtest.suite import Suite
from tests.kit.chain import chain

GOOD = "tests:\n  - name: it\n    send: [{speech: 1s}]\n    expect: [{turns: 1}]\n"


def faults(suite: Callable[..., Any], text: str, **changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        suite(text, **changes)
    return str(caught.value)


def one(send: str = "[{speech: 1s}]", expect: str = "[{turns: 1}]") -> str:
    return f"tests:\n  - name: it\n    send: {send}\n    expect: {expect}\n"


def test_a_file_tests_the_config_beside_it(suite: Callable[..., Suite]) -> None:
    """Or the one that it names; and it knows what it was made of."""
    made = suite(GOOD)
    assert [str(case.config.path) for case in made.cases] == ["agent.yaml"]
    assert {str(path) for path in made.files} == {"agent.yaml", "agent.test.yaml"}
    assert [it.config.name for it in suite("config: agent.yaml\n" + GOOD).cases] == ["agent"]


def test_a_test_needs_no_model_for_the_work_after_a_call(suite: Callable[..., Suite]) -> None:
    """It does none of that work, and may put another model in the place of the one that is asked."""
    config = chain("after: {with: llm.openai, summary: {}}\n", llm='llm.openai: {model: x, instructions: x, key: ""}')
    [case] = suite("swap: {llm: {llm.script: {say: [x]}}}\n" + GOOD, config=config).cases
    assert case.config.after.model == ""


def test_every_fault_is_told_at_once(suite: Callable[..., Suite]) -> None:
    """With its place, a caret and what was meant."""
    text = """\
tests:
  - name: it
    send:
      - {spech: 1s}
      - {speech: 1, dtmf: 5}
    expect:
      - {frame: Transcrpt}
      - {frame: AgentSpeaking}
      - {frame: Transcript, txt: hello}
      - {respnse_gap: < 900ms}
      - {response_gap: < 900}
      - {log: /(/}
"""
    assert faults(suite, text) == TOLD


TOLD = """\
agent.test.yaml:4:10: a step of `send` has no setting `spech`
        - {spech: 1s}
           ^^^^^
  did you mean `speech`?
agent.test.yaml:5:18: `speech` wants a duration, e.g. 300ms or 0.48s, got `1`
        - {speech: 1, dtmf: 5}
                   ^
  its unit is missing: 1s
agent.test.yaml:7:17: there is no frame `Transcrpt`
        - {frame: Transcrpt}
                  ^^^^^^^^^
  did you mean `Transcript`?
agent.test.yaml:8:17: there is no frame `AgentSpeaking`
        - {frame: AgentSpeaking}
                  ^^^^^^^^^^^^^
  it is a control: write `control: AgentSpeaking`
agent.test.yaml:9:29: `Transcript` has no field `txt`
        - {frame: Transcript, txt: hello}
                              ^^^
  did you mean `text`?
agent.test.yaml:10:10: `respnse_gap` is nothing to expect
        - {respnse_gap: < 900ms}
           ^^^^^^^^^^^
  did you mean `response_gap`?
agent.test.yaml:11:24: `response_gap` wants a duration, perhaps compared, e.g. < 900ms or ">= 1s", got `< 900`
        - {response_gap: < 900}
                         ^^^^^
agent.test.yaml:12:15: `log` wants a regular expression between its slashes, missing ), unterminated subpattern at position 0
        - {log: /(/}
                ^^^"""  # noqa: E501 - as it is printed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", "a file of tests is keys and values"),
        ("test: []\n", "has no `test`"),
        ("tests: []\n", "`tests` wants a list of tests"),
        ("tests:\n  - expect: [{turns: 1}]\n", "a test needs `name`"),
        ("tests:\n  - name: it\n", "a test needs `expect`"),
        ("config: other.yaml\n" + GOOD, "`config` wants a file, and `other.yaml` is not there"),
        ("swap: [a]\n" + GOOD, "`swap` wants keys and values, got a list"),
        ("swap: {tss: tts.tone}\n" + GOOD, "agent.test.yaml:1:8: no step `tss` in the pipeline"),
        ("set: {vad.rsm: 3}\n" + GOOD, "agent.test.yaml:1:11: `vad.energy` has no setting `rsm`"),
        ("swap: {llm: {llm.openai: {model: m}}}\n" + GOOD, "`llm.openai` at agent.test.yaml:1 needs the network"),
        (GOOD + GOOD.removeprefix("tests:\n"), "another test is called `it`"),
        (one(send="{speech: 1s}"), "`send` wants a list, got keys and values"),
        (one(send="[{speech: 2h}]"), "`speech` wants 20ms to 60s, got 120min"),
        (one(send="[{speech: 0s}]"), "`speech` wants 20ms to 60s, got 0s"),
        (one(send="[{say: 5}]"), 'quote it: "5"'),
        (one(send="[{say: '${NO}'}]"), "the variable NO is not set"),
        (one(send="[{at: 1s}]"), "a step of `send` does one of say, speech,"),
        (one(send="[{speech: 1s, noise: 1s}]"), "`noise` stands beside `speech`"),
        (one(send="[{speech: 1s, at: 2s}, {dtmf: 5, at: 1s}]"), "the step before is done later"),
        (one(send="[hang_up, {dtmf: 5}]"), "the caller has hung up before"),
        (one(send="[{speech: 1s, at: 1s, after: {log: x}}]"), "`at` a time or `after` an event, not both"),
        (one(send="[{wav: no.wav}]"), "`wav` wants a file, and `no.wav` is not there"),
        (one(send="[{wav: agent.yaml}]"), "is not a PCM WAV file"),
        (one(send="[{speech: 1s, after: hello}]"), "`after` wants an event"),
        (one(expect="[]"), "`expect` wants a list of expectations"),
        (one(expect="[{turns: 1, replies: 1}]"), "`replies` stands beside `turns`"),
        (one(expect="[{log: a, within: 1s}]"), "`within` needs `after` or `at` beside it"),
        (one(expect="[{log: a, at: 1s, between: [0s, 1s]}]"), "`between` stands beside `at`"),
        (one(expect="[{log: a, between: [2s, 1s]}]"), "`between` ends before it begins"),
        (one(expect="[{no: {log: a, count: 2}}]"), "`no` is a count already"),
        (one(expect="[{message: cleer}]"), "`cleer` is no message to Twilio"),
        (one(expect="[{frame: Transcript, text: {has: a}}]"), "a text, /a pattern/ or {contains: a text}"),
        (one(expect="[{frame: AudioIn}]"), "there is no frame `AudioIn`"),
        (one(expect="[{frame: Mark, nam: a}]"), "did you mean `name`?"),
    ],
)
def test_a_fault_is_told(suite: Callable[..., Suite], text: str, told: str) -> None:
    """What is wrong, where, and what to do."""
    assert told in faults(suite, text)


@pytest.mark.parametrize(
    "expect",
    [
        "[{no: {frame: Transcript}}]",
        "[{log: x, count: 0}]",
        '[{log: x, count: "< 3"}, {replies: 0}]',
        "[{frame: CallStarted}]",
        "[{heard: []}]",
        "[{underruns: 0}, {frame: CallEnded}]",
    ],
)
def test_a_test_that_nothing_can_fail_is_a_fault(suite: Callable[..., Suite], expect: str) -> None:
    """Each of these holds of a call in which neither side makes a sound."""
    assert "agent.test.yaml:4:5: this test would pass if nothing happened" in faults(suite, one(expect=expect))


def test_the_environment_is_the_tests_own(suite: Callable[..., Suite], monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of this machine changes nothing; one under `env` does."""
    monkeypatch.setenv("HELLO", "from outside")
    text = "env: {HELLO: of the file}\n" + GOOD + "    env: {HELLO: of the test}\n"
    made = [suite(each).cases[0].config.steps[3].settings.text for each in (GOOD, text)]
    assert made == ["", "of the test"]


def test_what_the_caller_says_is_what_is_understood(suite: Callable[..., Suite]) -> None:
    """In its order; unless the tests name another recogniser."""
    said = one(send="[{say: one}, {say: '2'}]")
    swapped = "swap: {asr: {asr.script: {say: [three]}}}\n" + said
    steps = [suite(each).cases[0].config.steps[5].settings.say for each in (GOOD, said, swapped)]
    assert steps == [["hello"], ["one", "2"], ["three"]]
