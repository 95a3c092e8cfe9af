"""The troubles of a call, counted from its events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config, load
from pipeline.events import ModelExchange, Passed
from pipeline.frames import CallEnded, Hangup
from pipeline.testing import play, voice
from pipeline.tools.troubles import Troubles
from tests.kit.after_call import place, written

QUESTION = (0.5, voice(1.0))


def troubles(config: Config, seconds: float = 9.0) -> Troubles:
    """The troubles of a call with one question."""
    found = Troubles()
    for _, event in play(config, [QUESTION], seconds).told:
        found.take(event)
    return found


def test_a_call_in_which_all_went_well_has_none(agent: Callable[..., Config]) -> None:
    """Neither failures nor notes."""
    found = troubles(agent(["hello"], ["Good morning."]))
    assert (found.failures, found.notes) == ([], [])


def test_an_empty_answer_is_a_failure(agent: Callable[..., Config]) -> None:
    """The caller hears a fixed sentence, and the model said nothing."""
    assert troubles(agent(["hello"], [" "])).failures == ["the model's answer was empty, once"]


@pytest.mark.parametrize(("use", "failures"), [("find_listings", []), (None, ["the model's answer was empty, once"])])
def test_an_answer_that_asks_for_a_tool_is_not_empty(use: str | None, failures: list[str]) -> None:
    """Also without a word."""
    found = Troubles()
    for event in (
        ModelExchange("x", 1),
        ModelExchange("x", 1, 0.1, "", use=use),
        ModelExchange("x", 1, 0.2, ended=True),
    ):
        found.take(event)
    assert found.failures == failures


def test_words_that_are_never_understood_are_a_failure(agent: Callable[..., Config]) -> None:
    """All turns came without words."""
    assert troubles(agent([""])).failures == ["no words were understood in any turn of the caller, 1 of 1"]


def test_an_end_by_the_agent_is_a_failure_unless_it_is_usual(agent: Callable[..., Config]) -> None:
    """`max_call` is told; a goodbye and a caller who hangs up are not."""
    for reason in ("stop", "goodbye", "a plug-in's own words"):
        found = Troubles()
        found.take(Passed(Hangup(reason), ""))
        found.take(Passed(CallEnded("lost"), ""))
        assert found.failures == []
    found = Troubles()
    found.take(Passed(CallEnded("max_call"), ""))
    assert found.failures == ["the agent ended the call: max_call"]


@pytest.mark.parametrize("late", ["asr", "llm"])
def test_a_provider_that_is_too_late_is_a_failure(agent: Callable[..., Config], late: str) -> None:
    """With its step, its error, and how often."""
    (first, *_) = troubles(agent(["hello"], ["Hi."], changes={f"{late}.delay": "30s"}), 16.0).failures
    assert first.endswith(": TimeoutError, once") and "Script" in first


def test_work_after_the_call_that_fails_is_a_failure(tmp_path: Path) -> None:
    """The caller heard nothing of it, and a lead may be lost."""
    path = written(tmp_path, "after_call")
    assert troubles(load(path)).failures == [f"Job ({place(path)}), after the call: ValueError, once"]


def test_a_sentence_without_a_voice_is_a_failure(agent: Callable[..., Config]) -> None:
    """The beep in its place is no speech; each attempt is a note."""
    found = troubles(agent(["hello"], ["Hi."], changes={"tts.delay": "20s"}), 20.0)
    assert found.failures == ["1 sentence no voice could speak: a beep or the clip was heard"]
    assert found.notes and all("no sound" in note for note in found.notes)


def test_a_fallback_that_answers_leaves_a_note(agent: Callable[..., Config]) -> None:
    """The caller was answered; the failure before it is told all the same."""
    swap = {"llm": {"llm.script": {"say": ["a"], "delay": "30s", "fallback": [{"llm.script": {"say": ["Hi."]}}]}}}
    found = troubles(agent(["hello"], swap=swap), 16.0)
    assert found.failures == [] and found.notes == ["llm.script failed once: TimeoutError"]
