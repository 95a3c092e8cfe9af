from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import pytest

from pipeline.agent import finish
from pipeline.frames import AgentSpeaking, ReplyAhead, ReplyEnded, ReplyText, Transcript
from pipeline.llm.doubt import ASK
from pipeline.standins.openai import Ask, Fault, OpenAi, Script
from pipeline.text.fixed import PHRASES
from pipeline.tool import Tool
from processors.llm.openai.dialogue import OpenAiDialogue
from tests.kit.alone import run
from tests.kit.asking import ask, asking, body, script, settings, told
from tests.kit.bench import Bench
from tests.kit.tooled import Slow


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


@pytest.mark.parametrize("judge", [False, True])
def test_a_request_ahead_asks_whether_the_caller_has_finished(judge: bool) -> None:
    """If the config wants it: behind the prompt, in that request alone; a model that says so costs no other request."""

    def reply(messages: list[dict[str, Any]]) -> str:
        return "… Which city?" if ASK in messages[0]["content"] else "Where?"

    async def main() -> tuple[list[str], int]:
        async with asking(Script(replies=reply), judge=judge, stable=0.02) as (server, dialogue):
            dialogue.put(Transcript(0, "I want a flat", False))
            await dialogue.until(ReplyAhead)
            dialogue.put(Transcript(0, "I want a flat"))
            await dialogue.until(ReplyEnded)
            return [it.text for it in dialogue.of(ReplyText)], len(server.requests)

    assert run(main()) == (["Which city?" if judge else "Where?"], 1)
    assert ASK not in str(body(ask(script(), judge=judge)[2]))  # of a turn that is over


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


FIND = Ask((("find_listings", {"rooms": "3"}),), "One moment.")


async def used(
    mind: OpenAi, *spares: OpenAi, tool: Tool | None = None, **changed: Any
) -> tuple[list[str], list[str], int]:
    """A question to a model with a tool, and to others if it fails: what was said, how it ended, and the faults."""
    async with AsyncExitStack() as stack:
        made = []
        for server in (mind, *spares):
            chosen = settings(server, **changed)
            shared = await stack.enter_async_context(OpenAiDialogue.share(chosen, (), "en-US"))
            made.append(OpenAiDialogue(chosen, shared))
        made[0].spares = tuple(made[1:])
        dialogue = Bench(made[0], tools=(tool or Slow("find_listings", give={"count": 2}),), acts=True)
        dialogue.put(Transcript(0, "three rooms"))
        ended = await dialogue.until(ReplyEnded)
        said = [it.text for it in dialogue.of(ReplyText)]
        await finish(dialogue.chain, "done")
        return said, [ended.reason], dialogue.call.faults


def test_a_use_and_its_result() -> None:
    """The model asks, the tool is used, and the model is asked again with the pair of lines behind the question."""

    async def main() -> Any:
        async with OpenAi(script(FIND, "There are two.")) as server:
            return await used(server), [it.body for it in server.requests]

    (said, ended, faults), (first, second) = run(main())
    assert (said, ended, faults) == (["One moment.", "There are two."], ["done"], 0)
    assert [line["role"] for line in first["messages"][1:]] == ["user"] and first["tools"] == second["tools"]
    asked, result = second["messages"][2:]
    assert asked["tool_calls"][0]["function"] == {"name": "find_listings", "arguments": '{"rooms":"3"}'}
    assert result["tool_call_id"] == asked["tool_calls"][0]["id"] and '"count":2' in result["content"]


@pytest.mark.fault("E8", "J32")
def test_a_fallback_goes_on_after_a_use() -> None:
    """With the same history and the same tools; the tool is not used again."""
    tool = Slow("find_listings", give={"count": 2})

    async def main() -> Any:
        failing = script(FIND, faults=[None, Fault(status=401)])
        async with OpenAi(failing) as one, OpenAi(script("There are two.")) as other:
            return await used(one, other, tool=tool), one.requests[1].body, other.requests[0].body

    (said, ended, _), refused, asked = run(main())
    assert (said, ended, tool.ended) == (["One moment.", "There are two."], ["done"], 1)
    assert refused["tools"] == asked["tools"] and refused["messages"][1:] == asked["messages"][1:]  # each has its token


@pytest.mark.fault("E8", "J31")
def test_a_fallback_answers_when_a_use_breaks_off() -> None:
    """Of the broken use nothing is done."""
    tool = Slow("find_listings")

    async def main() -> Any:
        breaking = script(Ask(FIND.uses), always=Fault(cut=400))
        async with OpenAi(breaking) as one, OpenAi(script("I cannot say.")) as other:
            return await used(one, other, tool=tool)

    said, ended, _ = run(main())
    assert (said, ended, tool.begun) == (["I cannot say."], ["done"], [])


def test_a_model_that_fails_after_a_use() -> None:
    """The sentence of the tool was no reply: the caller hears an apology, and not that a reply was cut."""
    tool = Slow("find_listings", say=["One moment."])

    async def main() -> Any:
        async with OpenAi(script(Ask(FIND.uses), faults=[None, Fault(status=401)])) as server:
            return await used(server, tool=tool)

    said, ended, faults = run(main())
    assert (said, ended, faults) == (["One moment.", PHRASES["en"]["failed"]], ["failed"], 1)
