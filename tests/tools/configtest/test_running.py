"""Tests of configs, played: what they see, and what fails them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.tools.configtest.running import Outcome
from tests.kit.suites import texts


@pytest.mark.parametrize(
    "expect",
    [
        "{frame: Transcript, text: hello}",
        "{frame: Transcript, text: {contains: ell}, turn: 1, final: true, confidence: '> 0.5'}",
        "{frame: Utterance, voiced: 1s, count: 1}",
        "{frame: SpeechStarted, at: 1.06s}",
        "{frame: SpeechStarted, at: 1s, within: 60ms}",
        "{frame: Utterance, after: {frame: SpeechStarted}, within: 1.3s}",
        "{frame: ReplyText, text: And seven., after: {frame: ReplyText, text: /^One/}}",
        "{message: mark, count: 2}",
        "{message: mark, name: '1.2'}",
        "{message: media, count: '> 100'}",
        "{message: clear, at: 2.66s}",
        "{message: media, after: {message: clear, after: {frame: Utterance}}, within: 0s}",
        "{control: AgentSpeaking, on: true, between: [2.6s, 2.7s]}",
        "{log: 'ASR_TEXT: hello'}",
        "{log: /tts_done turn=1/}",
        "{heard: /seven/}",
        "{heard: [/One.*seven/]}",
        "{no: {frame: Transcript, between: [0s, 2s]}}",
        "{no: {message: clear, after: {message: mark}}}",
        "{response_gap: 660ms}",
        "{turns: 1}",
        "{replies: '>= 1'}",
        "{length: '> 7s'}",
    ],
)
def test_what_is_so_passes(outcome: Callable[..., Outcome], expect: str) -> None:
    """A second of speech, an answer of 2.2 s that begins 0.66 s after it."""
    assert not outcome("[{speech: 1s, at: 1s}]", f"[{{turns: 1}}, {expect}]").failures


@pytest.mark.parametrize(
    ("expect", "came"),
    [
        ("{frame: Transcript, text: helo}", 'frame Transcript turn=1 text="hello"'),
        ("{frame: Transcript, count: 2}", 'frame Transcript turn=1 text="hello"'),
        ("{frame: SpeechStarted, at: 1.05s}", "frame SpeechStarted turn=1 at=1"),
        ("{frame: Utterance, after: {frame: SpeechStarted}, within: 1.29s}", "frame Utterance turn=1"),
        ("{frame: Dtmf}", "nothing like it"),
        ("{frame: Utterance, after: {frame: Dtmf}}", "frame Dtmf: never came"),
        ("{message: media, between: [0s, 1s]}", "message media at 2.660 s"),
        ("{no: {frame: Transcript}}", 'frame Transcript turn=1 text="hello"'),
        ("{no: {frame: Dtmf, between: [0s, 1h]}}", "the call was over at"),
        ("{heard: [/One/, /two/]}", "heard One two three"),
        ("{heard: []}", "heard One two three"),
        ("{response_gap: < 660ms}", "660ms at 2.660 s"),
        ("{barge_in: <= 1ms}", "no sample"),
        ("{replies: 2}", "1 at 2.660 s"),
    ],
)
def test_what_is_not_so_fails_and_says_what_came(outcome: Callable[..., Outcome], expect: str, came: str) -> None:
    """With the events around it."""
    made = outcome("[{speech: 1s, at: 1s}]", f"[{{turns: 1}}, {expect}]")
    [failure] = made.failures
    assert failure.text.startswith("expected ") and failure.around
    assert any(came in each for each in failure.came), failure.came
    assert str(failure.place).startswith("agent.test.yaml:4:")


def test_a_test_that_passes_without_its_caller_fails(outcome: Callable[..., Outcome]) -> None:
    """It would show nothing of what they do."""
    made = outcome("[{speech: 700ms, at: 6s}]", "[{heard: /Hello/}]", "    env: {HELLO: Hello.}\n")
    [text] = texts(made)
    assert text.startswith("this test passes just as well if the caller does nothing")
