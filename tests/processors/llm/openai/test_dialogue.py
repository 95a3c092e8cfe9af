from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import AgentSpeaking, ReplyEnded, ReplyText, Transcript
from pipeline.standins.openai import Fault
from tests.kit.alone import run
from tests.kit.asking import ask, asking, body, script, told


def test_a_question_gets_the_models_reply_a_sentence_at_a_time() -> None:
    """As it streams in."""
    said, ended, server, faults = ask(script("Hello there. How are you?"))
    assert (said, ended, faults) == (["Hello there.", "How are you?"], ["done"], 0)
    assert server.requests[0].ended == "done" and server.open == 0


def test_speech_begins_with_the_first_clause() -> None:
    """While the model is still at the rest of the sentence; `first_clause` switches that off."""
    text = "We have a lovely apartment in Haifa, with three rooms. Shall I go on?"
    assert ask(script(text))[0][0] == "We have a lovely apartment in Haifa,"
    assert ask(script(text), first_clause=False)[0][0] == "We have a lovely apartment in Haifa, with three rooms."


def test_a_reply_is_spoken_before_it_is_whole() -> None:
    """The first sentence has left when the model has stopped in the second."""

    async def main() -> None:
        slow = script("One is here. Two is there.", always=Fault(hang="between", after=5))
        async with asking(slow) as (_, dialogue):
            dialogue.put(Transcript(0, "what now"))
            assert (await dialogue.until(ReplyText)).text == "One is here."
            assert not dialogue.of(ReplyEnded)

    run(main())


def test_the_model_is_told_what_was_heard() -> None:
    """The prompt, then the conversation: each question, and of each reply what the caller heard of it."""

    async def main() -> list[tuple[str, str]]:
        told_as_it_is: dict[str, Any] = {"instructions": "You are Dana.", "manner": "", "secrecy": 0}
        async with asking(script("One. Two.", "Three."), **told_as_it_is) as (server, dialogue):
            dialogue.put(Transcript(0, "first"))
            await dialogue.until(ReplyEnded)
            dialogue.put(AgentSpeaking(True), AgentSpeaking(False, "One."), Transcript(0, "second"))
            await dialogue.until(ReplyEnded, 2)
            return told(server)

    assert run(main()) == [
        ("system", "You are Dana."),
        ("user", "first"),
        ("assistant", "One."),
        ("user", "second"),
    ]


def test_only_the_end_of_a_long_conversation_is_told() -> None:
    """`history_turns` questions, with the replies to all but the last."""
    *_, server, _ = ask(script(*"abcdef"), "1", "2", "3", "4", history_turns=2, manner="")
    assert [text for _, text in told(server)] == ["3", "c", "4"]


def test_only_what_is_set_is_passed_on() -> None:
    """As some servers know fewer parameters than others."""
    assert set(body(ask(script())[2])) == {"model", "messages", "stream"}
    chosen = {"temperature": 0.0, "reasoning_effort": "none", "verbosity": "low", "service_tier": "priority"}
    it = body(ask(script(), **chosen, max_tokens=300, extra={"seed": 7, "keep_alive": "1h"})[2])
    assert {name: it[name] for name in chosen} == chosen
    assert (it["max_completion_tokens"], it["seed"], it["keep_alive"]) == (300, 7, "1h")


@pytest.mark.parametrize("linger", [False, True])
def test_the_reply_ends_with_its_finish_reason(linger: bool) -> None:
    """The last sentence does not wait for a body that does not end; if it ends, the connection is used again."""

    async def main() -> tuple[list[str], set[int]]:
        async with asking(script("Yes", always=Fault(linger=linger))) as (server, dialogue):
            for number in (1, 2):
                dialogue.put(Transcript(0, f"question {number}"), AgentSpeaking(False))
                await dialogue.until(ReplyEnded, number)
            return [it.text for it in dialogue.of(ReplyText)], {it.peer for it in server.requests}

    said, peers = run(main())
    assert said == ["Yes", "Yes"] and len(peers) == (2 if linger else 1)
