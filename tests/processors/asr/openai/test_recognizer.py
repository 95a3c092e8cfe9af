"""Recognition while the caller speaks, in sessions with OpenAI's stand-in, over real sockets."""

from __future__ import annotations

import pytest

from pipeline import audio
from pipeline.frames import SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.standins.openai import Fault
from pipeline.testing import voice
from pipeline.vocabulary import DropReason
from tests.kit.alone import alone
from tests.kit.openai_caller import HEARD, calling, script, sent


@alone
async def test_words_come_while_the_caller_speaks() -> None:
    """Interim transcripts grow word by word, and the last one is what the caller said."""
    async with calling() as (_, caller):
        await caller.live(voice(1.0))
        assert [each.text for each in caller.catch.interim] == ["one", "one two", "one two three"]
        caller.end()
        assert await caller.outcome() == Transcript(1, HEARD[0], True, "en-US")
        assert caller.call.faults == 0


@alone
async def test_one_session_hears_the_whole_call() -> None:
    """Turn after turn, each with its own words; nothing is sent between them."""
    async with calling() as (server, caller):
        caller.say()
        assert await caller.text() == HEARD[0]
        length = len(server.sessions[0].sound)
        caller.hear(voice(3.0))
        caller.say()
        assert await caller.text() == HEARD[1]
        assert len(server.sessions) == 1 and len(server.sessions[0].sound) <= 2 * length
        assert sent(server) == ["session.update", "input_audio_buffer.commit", "input_audio_buffer.commit"]


@alone
async def test_the_sound_is_the_callers() -> None:
    """From the pre-roll on, sample by sample, as mu-law of the telephone."""
    async with calling() as (server, caller):
        caller.begin(voice(0.7))
        caller.end()
        await caller.text()
        assert server.sessions[0].sound == audio.encode(caller.pcm)


@alone
async def test_the_sound_at_24_khz() -> None:
    """`encoding: pcm` is for servers that take no mu-law: the same sound, three samples for each."""
    async with calling(encoding="pcm") as (server, caller):
        caller.say()
        assert await caller.text() == HEARD[0]
        assert len(server.sessions[0].sound) == pytest.approx(6 * len(caller.pcm) // 2, abs=1200)


@alone
async def test_a_session_is_opened_before_the_first_word() -> None:
    """So the first turn does not wait for it."""
    async with calling(script(Fault(hang="first"))) as (server, _):
        assert (await server.request(0)).path == "/v1/realtime" and server.open == 1


@alone
async def test_a_turn_that_is_dropped_leaves_no_words_behind() -> None:
    """Its sound is cleared, and the words of the next turn are its own."""
    async with calling() as (server, caller):
        await caller.live(voice(0.6))
        caller.chain.put(TurnDropped(caller.chain.turn, DropReason.SHORT))
        assert isinstance(await caller.outcome(), TurnDropped)
        caller.say()
        assert await caller.text() == HEARD[1]
        assert sent(server)[1:] == ["input_audio_buffer.clear", "input_audio_buffer.commit"]
        assert not [each for each in caller.catch.interim if each.turn == 2 and "one" in each.text]


@alone
async def test_words_of_a_dropped_turn_that_come_too_late() -> None:
    """They come when the next turn is spoken, under a name not heard before; its own words are what counts."""
    async with calling(script(word_lag=0.3)) as (_, caller):
        await caller.live(voice(0.4))
        caller.chain.put(TurnDropped(caller.chain.turn, DropReason.SHORT))
        assert isinstance(await caller.outcome(), TurnDropped)
        await caller.live(voice(0.6))
        caller.end()
        assert await caller.text() == HEARD[1] and caller.call.faults == 0


@alone
async def test_a_turn_that_came_to_nothing() -> None:
    """A second start without an end between them: the first one's sound is cleared."""
    async with calling() as (_, caller):
        await caller.live(voice(0.6))
        caller.chain.turn += 1
        caller.chain.put(SpeechStarted(caller.chain.turn, 1.0, caller.pcm))
        caller.end()
        assert await caller.text() == HEARD[1]


@alone
async def test_turns_that_follow_each_other_at_once() -> None:
    """The words of each are told in the order of the turns."""
    async with calling(script(completing=0.2)) as (_, caller):
        caller.say()
        caller.say()
        assert [await caller.text(), await caller.text()] == list(HEARD)


@alone
async def test_an_utterance_whose_start_was_not_heard() -> None:
    """As of a turn after one that was too long: it is sent whole."""
    async with calling() as (server, caller):
        caller.chain.turn += 1
        caller.chain.put(Utterance(1, voice(1.0), 0.0, 1.0, 1.0))
        assert await caller.text() == HEARD[0]
        assert server.sessions[0].sound == audio.encode(voice(1.0))


@alone
async def test_an_utterance_shorter_than_a_commit_may_be() -> None:
    """Silence makes it long enough."""
    async with calling() as (server, caller):
        caller.chain.put(Utterance(1, voice(0.04), 0.0, 0.04, 0.4))
        assert await caller.text() == HEARD[0]
        assert len(server.sessions[0].sound) == audio.RATE // 10


@alone
async def test_no_interim_transcripts() -> None:
    """`interim: false` keeps them; the final one comes."""
    async with calling(interim=False) as (_, caller):
        await caller.live(voice(0.6))
        caller.end()
        assert await caller.text() == HEARD[0] and not caller.catch.interim


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-transcribe"])
@alone
async def test_a_model_that_hears_committed_turns_alone(model: str) -> None:
    """There are no words before the end, and all of them after it."""
    async with calling(model=model) as (_, caller):
        await caller.live(voice(0.6))
        assert not caller.catch.interim
        caller.end()
        assert await caller.text() == HEARD[0]


@alone
async def test_more_turns_than_may_wait() -> None:
    """Those that the base class drops are cleared; the others have their own words."""
    async with calling(script(completing=0.3)) as (_, caller):
        for _ in range(10):
            caller.say(voice(0.2))
        turns = [(await caller.outcome()).turn for _ in range(8)]
        assert turns == [1, 4, 5, 6, 7, 8, 9, 10] and not caller.step.listener.turns


@alone
async def test_the_end_of_a_call_in_the_middle_of_a_word() -> None:
    """The session ends with it, and nothing is counted as a fault."""
    async with calling(script(None, Fault())) as (server, caller):
        await caller.live(voice(0.4))
    assert server.open == 0 and caller.call.faults == 0


@pytest.mark.usefixtures("dead_proxy")
@alone
async def test_no_proxy_leads_to_this_machine() -> None:
    """A session with a server here is opened directly."""
    async with calling() as (_, caller):
        caller.say()
        assert await caller.text() == HEARD[0]
