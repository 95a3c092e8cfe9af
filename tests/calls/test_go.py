"""The GO test over a real socket: four steps that a deployment has to pass before it gets a number."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pipeline.config import Config
from pipeline.frames import AgentSpeaking, Interrupt, ReplyText, Transcript
from pipeline.phone.script import InterruptAfter, Pcm, Wait, WaitReply
from pipeline.testing import voice
from tests.kit.dialled import dial

FAST = {"tts.ms_per_letter": 12}  # a voice that does not waste a test's time
GREETING = {**FAST, "greeting.text": "Good morning, this is Kav."}


def test_a_caller_who_speaks_at_once_gets_no_greeting_and_one_answer(agent: Callable[..., Config]) -> None:
    """Step 1: media flows, one answer of two to four sentences comes, and the log tells the call's story in order."""
    config = agent(["who is there"], ["Kav Homes is here. How can I help you?"], GREETING)
    call = dial(config, Pcm(voice(1.0)), WaitReply())
    assert call.result.ok, call.result.error
    assert not call.lines("GREETING")
    assert len(call.result.replies) == 1
    assert 2 <= len(call.frames(ReplyText)) <= 4
    story = "|".join(line.split()[0] for line in call.log)
    assert re.search(r"WS_START.*WS_MEDIA.*ASR_TEXT:.*tts_done.*WS_TX.*WS_DONE", story)
    assert re.fullmatch(r"WS_MEDIA sid=MZ\w+ rx=50", call.lines("WS_MEDIA")[0])
    assert re.fullmatch(rf"WS_DONE sid=MZ\w+ rx={call.result.tx} tx={call.result.rx}", call.lines("WS_DONE")[0])


@pytest.mark.parametrize("confirm", ["0s", "400ms"])
def test_the_agent_stops_when_it_is_spoken_over_and_listens(agent: Callable[..., Config], confirm: str) -> None:
    """Step 2: nothing more of its answer is heard, and what the caller said instead is answered.

    By the literal rule `clear` throws away what is under way; after a pause nothing is.
    """
    changes = {"tts.ms_per_letter": 60, "end_of_utterance.confirm": confirm}
    config = agent(["one", "two"], ["A long answer that nobody wants to hear to its end.", "Short."], changes)
    call = dial(config, Pcm(voice(0.6)), InterruptAfter(0.3, Pcm(voice(0.7, 400.0))), WaitReply())
    assert call.result.ok, call.result.error
    assert call.lines("BARGE_IN: interrupt")
    (interrupt,) = call.frames(Interrupt)
    assert interrupt.heard_seconds < 1.0
    assert [thrown > 0 for _, thrown in call.result.clears] == [False, confirm == "0s", False]
    assert [frame.text for frame in call.frames(Transcript)] == ["one", "two"]
    assert call.frames(AgentSpeaking)[-1].heard == "Short."


def test_a_silent_caller_is_greeted(agent: Callable[..., Config]) -> None:
    """Step 3: after a while, once, in words that were made ready before the call."""
    call = dial(agent(changes=GREETING), WaitReply())
    assert call.result.ok, call.result.error
    assert [frame.heard for frame in call.frames(AgentSpeaking) if not frame.on] == ["Good morning, this is Kav."]


def test_without_a_greeting_a_silent_caller_hears_nothing(agent: Callable[..., Config]) -> None:
    """Step 3, the other side: a blank greeting is none."""
    call = dial(agent(changes={"greeting.text": "  "}), Wait(1.2))
    assert call.result.ok and not call.result.replies and not call.result.rx


def test_the_agent_introduces_itself_once(agent: Callable[..., Config]) -> None:
    """Step 4: over several turns, only the first reply has the introduction."""
    intro = "שמי מקס ואני מתמחה בדירות."
    said = [f"{intro} מה תרצה לדעת?", f"{intro} יש דירה פנויה.", f"{intro} אפשר לבוא מחר."]
    turns = [step for pitch in (300.0, 350.0, 400.0) for step in (Pcm(voice(0.5, pitch)), WaitReply())]
    call = dial(agent(["א", "ב", "ג"], said, FAST), *turns)
    assert call.result.ok, call.result.error
    heard = [frame.heard for frame in call.frames(AgentSpeaking) if not frame.on]
    assert [intro in text for text in heard] == [True, False, False]
    assert heard[1:] == ["יש דירה פנויה.", "אפשר לבוא מחר."]
