"""What goes wrong with a language model, through the real client library: the rows of the fault catalogue's part E."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest

from pipeline.conversation import Message
from pipeline.frames import (
    AgentSpeaking,
    Interrupt,
    ReplyAhead,
    ReplyEnded,
    ReplyStopped,
    ReplyText,
    SpeechStarted,
    Transcript,
)
from pipeline.standins.openai.script import (
    BROKEN_JSON,
    EMPTY,
    ENDLESS,
    ERROR_INSIDE,
    GARBAGE,
    NO_CHOICES,
    NO_CONTENT,
    REPEATED,
    Ask,
    Fault,
)
from pipeline.standins.openai.wire import Asked
from pipeline.text.fixed import PHRASES
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.dialogue import OpenAiDialogue
from tests.kit import asked as tools
from tests.kit.alone import run
from tests.kit.asking import ask, asking, script, settings
from tests.kit.bench import Bench, bench
from tests.kit.dialects import delta, ends, use
from tests.kit.tools import use as called

EN = PHRASES["en"]
FAILED, CUT, NONE = EN["failed"], EN["cut"], EN["empty"]
REPLY: Any = "We are open. Come in, please."
GOOD = ["We are open.", "Come in, please."]
SOON: dict[str, Any] = {"first_token": 1.5, "gap": 1.5}  # seconds: for what will not come


def asked(*faults: Fault, text: str = REPLY, **changed: Any) -> tuple[list[str], int]:
    """Ask a server with which these things go wrong, one a request: what was said, and how often it was asked."""
    said, ended, server, count = ask(script(text, faults=faults), **changed)
    assert server.open == 0
    assert (ended == ["failed"]) == bool(count)
    return said, len(server.requests)


# ---- E1: slow -----------------------------------------------------------------------------------------------------


@pytest.mark.fault("E1")
@pytest.mark.parametrize("hang", ["request", "first"])
def test_e1_no_first_token_in_time(hang: Any) -> None:
    """`first_token`: whether the server answers nothing at all or only nothing to say; it is not asked again."""
    assert asked(Fault(hang=hang), **SOON) == ([FAILED], 1)


@pytest.mark.fault("E1")
def test_e1_no_further_token_in_time() -> None:
    """`gap`: what is whole is spoken, then that there is no more."""
    assert asked(Fault(hang="between", after=4), **SOON) == (["We are open.", CUT], 1)


@pytest.mark.fault("E1")
def test_e1_too_long_altogether() -> None:
    """`total`: a reply that trickles on is cut, however steadily it comes."""
    slow = script("One is here. " + "word " * 200, tokens_per_second=50.0)
    said, ended, server, _ = ask(slow, first_token=5.0, gap=5.0, total=1.0)
    assert (said, ended) == (["One is here.", CUT], ["failed"]) and server.requests[0].ended == "gone"


@pytest.mark.fault("E1")
def test_e1_a_server_that_cannot_be_reached_in_time() -> None:
    """`connect`: its queue is full, so that nobody takes the call; the budget for a first token is not used up."""

    async def main() -> list[str]:
        with socket.socket() as full, socket.socket() as filler:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            filler.connect(full.getsockname())
            url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
            there = OpenAiDialogue.Settings(model="m", base_url=url, connect=0.2, first_token=60.0, warm_up=False)
            async with bench(OpenAiDialogue, there) as dialogue:
                dialogue.put(Transcript(0, "what now"))
                assert (await dialogue.until(ReplyEnded)).reason == "failed"
                return [it.text for it in dialogue.of(ReplyText)]

    assert run(main()) == [FAILED]


@pytest.mark.fault("H8")
def test_e1_a_server_that_is_not_there() -> None:
    """It is tried once more, at once."""

    async def main() -> list[str]:
        async with asking() as (server, _):
            gone = settings(server)
        async with bench(OpenAiDialogue, gone) as dialogue:
            dialogue.put(Transcript(0, "what now"))
            await dialogue.until(ReplyEnded)
            return [it.text for it in dialogue.of(ReplyText)]

    assert run(main()) == [FAILED]


# ---- E2, E3: refused ----------------------------------------------------------------------------------------------


@pytest.mark.fault("E2", "E3")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, code="rate_limit_exceeded", retry_after="0.05"),
        Fault(status=429, code="rate_limit_exceeded"),
        Fault(status=429, code="slow_down"),
        Fault(status=503),
        Fault(status=500),
        Fault(cut=0),
    ],
    ids=["429 with Retry-After", "429", "429 slow_down", "503", "500", "connection lost"],
)
def test_e2_e3_what_may_pass_is_tried_once_more(fault: Fault) -> None:
    """And no more than once."""
    assert asked(fault) == (GOOD, 2)
    assert asked(fault, fault) == ([FAILED], 2)


@pytest.mark.fault("E2")
@pytest.mark.parametrize("wait", ["7", "600", "Sun, 22 Nov 2026 12:00:00 GMT"])
def test_e2_a_wait_that_does_not_fit_the_turn_is_not_waited(wait: str) -> None:
    """The caller hears so at once."""
    assert asked(Fault(status=429, retry_after=wait)) == ([FAILED], 1)


@pytest.mark.fault("E2", "E3")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, code="insufficient_quota", retry_after="0.01"),
        Fault(status=401),
        Fault(status=403),
        Fault(status=404),
        Fault(status=400, code="invalid_value"),
        Fault(status=422),
    ],
    ids=["no quota", "401", "403", "404", "400", "422"],
)
def test_e2_e3_what_will_not_pass_is_not_tried_again(fault: Fault) -> None:
    """It is a fault of the step, which is what alarms count."""
    assert asked(fault) == ([FAILED], 1)


@pytest.mark.fault("E3")
def test_e3_a_conversation_that_is_too_long_is_told_in_part() -> None:
    """The prompt stays, and the later half of what was said."""
    too_long = Fault(status=400)
    what = script("a", "b", "c", REPLY, REPLY, faults=[None, None, None, too_long])
    said, _, server, faults = ask(what, "1", "2", "3", "4", instructions="You are Dana.", manner="", secrecy=0)
    assert said[-2:] == GOOD and faults == 0
    before, after = ([it["content"] for it in server.requests[number].body["messages"]] for number in (3, 4))
    assert before == ["You are Dana.", "1", "a", "2", "b", "3", "c", "4"]
    assert after == ["You are Dana.", "3", "c", "4"]


# ---- E4: cut ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("E4")
def test_e4_a_reply_that_is_cut_anywhere() -> None:
    """What is whole is spoken, then that it was cut; if nothing had come, it is asked once more."""

    async def main() -> list[tuple[str, ...]]:
        what = script(REPLY)
        async with asking(what, failing=FAILED, give_up=0) as (server, dialogue):
            seen = []
            for number, at in enumerate(range(60, 1260, 60), 1):
                what.faults = [*[None] * len(server.requests), Fault(cut=at)]
                before = len(dialogue.of(ReplyText))
                dialogue.put(Transcript(0, f"question {number}"))
                await dialogue.until(ReplyEnded, number)
                seen.append(tuple(it.text for it in dialogue.of(ReplyText)[before:]))
            return seen

    seen = run(main())
    assert set(seen) == {(FAILED,), ("We are open.", CUT), tuple(GOOD)}


@pytest.mark.fault("E4")
@pytest.mark.parametrize("finish", ["", "length", "content_filter"])
def test_e4_a_reply_that_ends_before_its_end(finish: str) -> None:
    """Without a finish reason, at the limit of tokens, or by a filter."""
    assert asked(Fault(text="We are open. Come in and", finish=finish)) == (["We are open.", CUT], 1)


@pytest.mark.fault("E4")
def test_e4_the_model_remembers_what_was_heard() -> None:
    """Not the part of a sentence that nobody spoke."""

    async def main() -> list[str]:
        async with asking(script(REPLY, faults=[Fault(text="We are open. Come", finish="")])) as (server, dialogue):
            dialogue.put(Transcript(0, "what now"))
            await dialogue.until(ReplyEnded)
            dialogue.put(AgentSpeaking(True), AgentSpeaking(False, f"We are open. {CUT}"), Transcript(0, "yes"))
            await dialogue.until(ReplyEnded, 2)
            return [it["content"] for it in server.requests[1].body["messages"][1:]]

    assert run(main()) == ["what now", f"We are open. {CUT}", "yes"]


# ---- E5: garbage --------------------------------------------------------------------------------------------------


@pytest.mark.fault("E5")
@pytest.mark.parametrize("fault", [NO_CHOICES, NO_CONTENT], ids=["no choices", "no content"])
def test_e5_chunks_without_words_are_nothing(fault: Fault) -> None:
    """However many."""
    assert asked(Fault(inject=fault.inject * 5)) == (GOOD, 1)


WRONG = [
    BROKEN_JSON.inject[0],
    "data: 17",
    'data: {"choices": {}}',
    'data: {"choices": [{"delta": {"content": 5}}]}',
    "data: " + "[" * 30_000,
    'data: {"choices": [{"delta": {"content": "\\ud800"}}]}',
    "<html>Bad gateway</html>",
    "\x00\x01\x02",
]


@pytest.mark.fault("E5")
@pytest.mark.parametrize("line", WRONG, ids=range(len(WRONG)))
def test_e5_three_broken_chunks_are_dropped_and_a_fourth_is_too_many(line: str) -> None:
    """Invalid JSON, wrong types, no JSON at all."""
    assert asked(Fault(inject=(line,) * 3)) == (GOOD, 1)
    assert asked(Fault(inject=(line,) * 4, after=4)) == (["We are open.", CUT], 1)


@pytest.mark.fault("E5", "H8")
def test_e5_a_page_in_the_place_of_a_reply() -> None:
    """A proxy's, say."""
    assert asked(GARBAGE, GARBAGE) == ([FAILED], 2)


@pytest.mark.fault("E5")
def test_e5_an_error_inside_the_stream() -> None:
    """Before the first word it is asked once more, as with a server's mistake; later the reply is cut."""
    assert asked(Fault(inject=ERROR_INSIDE.inject, after=0)) == (GOOD, 2)
    assert asked(Fault(inject=ERROR_INSIDE.inject, after=4)) == (["We are open.", CUT], 1)


def test_e5_a_server_that_does_not_stream() -> None:
    """Its one chunk has the whole reply."""
    whole = 'data: {"choices": [{"message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}]}'
    assert asked(Fault(text="x", inject=(whole,), after=0)) == (["Yes."], 1)
    assert asked(Fault(text="x", inject=(whole[6:],), after=0)) == (["Yes."], 1)


# ---- E6: too much -------------------------------------------------------------------------------------------------


@pytest.mark.fault("E6")
def test_e6_a_reply_without_end() -> None:
    """It is cut where it is long enough, and the request is closed."""
    said, ended, server, _ = ask(script(always=ENDLESS))
    assert ended == ["done"] and 300 < len(" ".join(said)) <= 420
    assert server.requests[0].ended == "gone" and server.requests[0].written < 2000


@pytest.mark.fault("E6")
def test_e6_one_token_over_and_over() -> None:
    """A loop is not spoken; what was whole before it is."""
    assert asked(REPEATED) == ([FAILED], 1)
    assert asked(Fault(text="We are open. " + "la la " * 200)) == (["We are open.", CUT], 1)


@pytest.mark.fault("E6")
def test_e6_at_most_600_tokens() -> None:
    """However much room the settings give."""
    text = " ".join(f"Number {number} is here, and it has a neighbour on each side of it." for number in range(99))
    said, ended, server, _ = ask(script(text), max_chars=4000, max_sentences=50)
    assert (said[-1], ended) == (CUT, ["failed"]) and 30 < len(said) < 50
    assert server.requests[0].ended == "gone"


@pytest.mark.fault("E6")
def test_e6_a_line_of_a_megabyte() -> None:
    """No more than 256 kB of it are kept."""
    assert asked(Fault(inject=("data: " + "x" * 1_000_000,), after=4)) == (["We are open.", CUT], 1)


# ---- E7: nothing --------------------------------------------------------------------------------------------------


@pytest.mark.fault("E7")
@pytest.mark.parametrize("text", ["", "...", "**", "🙂🙂", "\n\n# \n", "```", "?! - …"])
def test_e7_a_reply_that_says_nothing_is_asked_for_once_more(text: str) -> None:
    """Then there is a phrase for it."""
    nothing = Fault(text=text)
    assert asked(nothing) == (GOOD, 2)
    assert asked(nothing, nothing) == ([NONE], 2)
    assert asked(EMPTY, language="he-IL", text="כן.") == (["כן."], 2)


# ---- E10, E11: turns ----------------------------------------------------------------------------------------------


@pytest.mark.fault("E10")
@pytest.mark.parametrize("how", ["barge-in", "before it is audible", "stopped"])
def test_e10_an_interruption_closes_the_request(how: str) -> None:
    """By its words, as a noise costs nothing of the reply: the server has written for less than a second since."""

    async def main() -> None:
        endless = Fault(text="One is here. Two is there. Three is gone. Four", endless=True)
        what = script(always=endless, tokens_per_second=50.0)
        async with asking(what, max_chars=4000, max_sentences=50) as (server, dialogue):
            dialogue.put(Transcript(0, "what now"))
            await dialogue.until(ReplyText)
            request = server.requests[0]
            before = request.written
            if how == "stopped":
                dialogue.put(AgentSpeaking(True), ReplyStopped(0, "One is", 0.4))
            else:
                dialogue.put(*[AgentSpeaking(True), Interrupt(0, "One is", 0.4)] if how == "barge-in" else [])
                dialogue.put(SpeechStarted(0, 0.0))
                dialogue.put(Transcript(0, "stop"))
            await request.over.wait()
            assert request.ended == "gone" and server.open <= 1 and dialogue.processor.working == (how != "stopped")
            assert request.written - before < 50 and request.late <= 1

    run(main())


@pytest.mark.fault("E10")
def test_e10_a_wrong_guess_closes_the_request() -> None:
    """The server sees the client go, and the question is another request; a right one is the only request."""

    async def main(final: str) -> tuple[str, int, Asked]:
        what = script(REPLY, faults=[Fault(text="Old words. And more of them.", hang="between", after=4)])
        async with asking(what, stable=0.02) as (server, dialogue):
            dialogue.put(Transcript(0, "three rooms", False))
            await dialogue.until(ReplyAhead)
            dialogue.put(Transcript(0, final))
            await dialogue.until(ReplyText)
            return next(it.text for it in dialogue.of(ReplyText)), len(server.requests), server.requests[0]

    said, count, request = run(main("four rooms"))
    assert said != "Old words." and count == 2 and request.ended == "gone"
    assert run(main("Three rooms."))[:2] == ("Old words.", 1)


@pytest.mark.fault("E10")
def test_e10_the_end_of_a_call_closes_the_request() -> None:
    """Wherever it is."""

    async def main() -> None:
        for hang in ("request", "first", "between"):
            async with asking(script(always=Fault(hang=hang))) as (server, dialogue):
                dialogue.put(Transcript(0, "what now"))
                await server.request(0)
            assert [it.ended for it in server.requests] == ["gone"]

    run(main())


@pytest.mark.fault("E11")
@pytest.mark.parametrize("hang", ["request", "first", "between"])
def test_e11_a_question_during_a_reply_takes_its_place(hang: Any) -> None:
    """The older request is closed, wherever it is, and no word of it is spoken any more."""

    async def main() -> None:
        what = script(REPLY, faults=[Fault(text="Old words. And more of them.", hang=hang, after=4)])
        async with asking(what) as (server, dialogue):
            dialogue.put(Transcript(0, "first"))
            await server.request(0)
            if hang == "between":
                await dialogue.until(ReplyText)
            before = len(dialogue.of(ReplyText))
            dialogue.chain.turn = 1
            dialogue.put(SpeechStarted(1, 0.0), Transcript(1, "second"))
            await dialogue.until(ReplyEnded)
            await server.requests[0].over.wait()
            assert [(it.turn, it.text) for it in dialogue.of(ReplyText)[before:]] == [(1, text) for text in GOOD]
            assert [it.ended for it in server.requests] == ["gone", "done"]
            assert server.requests[1].body["messages"][-1]["content"] == "first second"

    run(main())


@pytest.mark.fault("E11")
def test_e11_many_calls_share_a_model() -> None:
    """Each gets its own reply."""

    async def main() -> None:
        what = script(replies=lambda messages: f"You said {messages[-1]['content']}.", tokens_per_second=200.0)
        async with asking(what) as (server, one):
            assert await asyncio.gather(*(_alone(one, number) for number in range(10))) == [
                f"You said {number}." for number in range(10)
            ]
            assert server.open == 0

    run(main())


async def _alone(one: Bench, number: int) -> Any:
    call = Bench(OpenAiDialogue(one.processor.settings, one.processor.shared))
    call.put(Transcript(0, f"{number}"))
    await call.until(ReplyEnded)
    return call.of(ReplyText)[0].text


# ---- tools --------------------------------------------------------------------------------------------------------

ACRE = {"city": "Acre"}
ASKED = Ask((("find_listings", ACRE), ("book", ACRE)))
BOTH = [("find_listings", ACRE), ("book", ACRE)]


def test_an_answer_of_uses_alone_is_no_empty_one() -> None:
    """It is asked once, and there is nothing to say."""
    bits = tools.ask(script(ASKED))
    assert (bits.words, bits.known, bits.uses) == ("", ["find_listings", "book"], BOTH)
    assert len(bits.requests) == 1 and not bits.written


@pytest.mark.fault("J20")
def test_words_before_a_use() -> None:
    """They are said."""
    bits = tools.ask(script(Ask(ASKED.uses, "One moment.")))
    assert (bits.words, bits.uses) == ("One moment.", BOTH)


@pytest.mark.fault("J31")
@pytest.mark.parametrize("at", range(300, 900, 100))
def test_a_stream_that_breaks_within_a_use_is_asked_again(at: int) -> None:
    """No use of the first answer is whole; with a second break, or with words said before, it has failed."""
    bits = tools.ask(script(ASKED, faults=[Fault(cut=at)]))
    assert bits.uses == BOTH and len(bits.requests) == 2
    for reply in (ASKED, Ask(ASKED.uses, "We")):
        with pytest.raises(ProviderFault, match="broke"):
            tools.ask(script(reply, always=Fault(cut=at)))


@pytest.mark.fault("J31")
def test_uses_that_were_cut_at_the_limit_of_tokens() -> None:
    """They are not whole, whatever they look like."""
    begun = json.dumps({"choices": [delta(use("book", '{"city": "A', index=0))]})
    with pytest.raises(ProviderFault, match="the server cut the reply: length"):
        tools.ask(script(always=Fault(text="x", inject=(f"data: {begun}",), after=0, finish="length")))


@pytest.mark.fault("J29")
def test_the_finish_reason_stop() -> None:
    """Servers send it with uses, too."""
    lines = [delta(use("book", '{"city": "Acre"}')), ends("stop")]
    told = tuple(f"data: {json.dumps({'choices': [each]})}" for each in lines)
    bits = tools.ask(script(always=Fault(text="x", inject=(*told, "data: [DONE]"), after=0)))
    assert bits.uses == [("book", ACRE)]


@pytest.mark.fault("J30")
@pytest.mark.parametrize("text", ['<tool_call>{"name": "sell"}</tool_call>', '{"name": "book", "arguments": {"c'])
def test_a_use_in_the_text_that_is_none_is_asked_for_again_once(text: str) -> None:
    """It is never spoken, and counted."""
    good = '```json\n{"name": "book", "arguments": {"city": "Acre"}}\n```'
    bits = tools.ask(script(text, good))
    assert (bits.words, bits.uses, bits.written) == ("", [("book", ACRE)], ["", "book"])
    bits = tools.ask(script(f"One moment. {text}", ASKED))
    assert (bits.words, bits.uses, bits.written) == ("One moment.", BOTH, [""])
    bits = tools.ask(script(text))
    assert (bits.words, bits.uses, bits.written, len(bits.requests)) == ("", [], ["", ""], 2)


def test_a_use_that_the_server_could_not_read_is_asked_for_again() -> None:
    """The model may write it better."""
    bits = tools.ask(
        script(ASKED, faults=[Fault(status=400, code="tool_use_failed", message="Failed to call a function.")])
    )
    assert bits.uses == BOTH and "tools" in bits.requests[1]


@pytest.mark.fault("J33")
def test_a_conversation_with_uses_that_is_too_long() -> None:
    """The later half is told, and no result without its use."""
    history = [Message("user", "Acre?"), Message("assistant", "Two."), Message("user", "Book.")]
    bits = tools.ask(
        script(ASKED, faults=[Fault(status=400, code="context_length_exceeded")]),
        history=history,
        uses=[called(1, 1), called(2, 3), called(3, 3)],
        instructions="Dana.",
    )
    assert [line["role"] for line in bits.requests[1]["messages"]] == ["system", "user", *["assistant", "tool"] * 2]
    assert bits.uses == BOTH
