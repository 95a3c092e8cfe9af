"""A caller whose voice falls in the middle of a sentence: the model, asked ahead, says that they have not finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.events import AnsweredAhead
from pipeline.frames import AgentSpeaking, Interrupt, SentenceOpen
from pipeline.testing import Played, play
from tests.kit.prosody import glide

PHRASE = glide(150, 150, 0.8) + glide(150, 100, 0.4, fade=10)  # 1.2 s, which ends with a voice that has fallen
QUICK = {"end_of_utterance.prosody": True, "asr.delay": "100ms", "asr.interim": "100ms", "tts.delay": "100ms"}


def told(agent: Callable[..., Config], reply: str, gap: float, delay: str = "100ms", **changes: Any) -> Played:
    """The caller's phrase at 1 s, and another one `gap` seconds later."""
    config = agent(["I want a flat", "in Haifa"], [reply], {**QUICK, "llm.delay": delay, **changes})
    return play(config, [(1.0, PHRASE), (1.0 + 1.2 + gap, PHRASE)] if gap else [(1.0, PHRASE)], 9.0)


def test_who_goes_on_after_the_mark_gets_one_answer(agent: Callable[..., Config]) -> None:
    """Their turn waits, or the reply that was made for it: neither is heard before they go on."""
    for delay in ("100ms", "350ms"):
        call = told(agent, "… Which street?", 1.0, delay)
        assert call.heard() == ["Which street?"] and not call.frames(Interrupt)
        assert [role for role, _ in call.history()] == ["user", "assistant"]


@pytest.mark.parametrize("delay", ["100ms", "350ms"])
def test_who_does_not_go_on_is_answered_within_two_seconds(agent: Callable[..., Config], delay: str) -> None:
    """By the reply that was begun, with no further request; the mark is never spoken."""
    call = told(agent, "… Which street?", 0.0, delay)
    [began] = [at for at, it in call.frames(AgentSpeaking) if it.on]
    assert call.said() == ["Which street?"] and 1.1 < began - 2.2 < 2.0
    assert [it.outcome for _, it in call.told if isinstance(it, AnsweredAhead)] == ["used"]


def test_a_reply_without_the_mark_waits_for_nothing(agent: Callable[..., Config]) -> None:
    """The same caller, and a model that ignores the request: as without."""
    call = told(agent, "Which street?", 0.0)
    [began] = [at for at, it in call.frames(AgentSpeaking) if it.on]
    assert began - 2.2 < 0.9 and not [at for at, it in call.frames(SentenceOpen) if it.open and at > 2.2]
