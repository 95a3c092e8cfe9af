"""The sentences of tools, in whole calls."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.frames import AgentSpeaking, ReplyText
from pipeline.testing import Played, run_virtual, voice
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, outcomes, play
from tests.kit.tooled import played as run

DONE = UseOutcome.DONE
FIND = {"use": "find", "with": {"rooms": "3"}}
BOOK = {"use": "book", "with": {"rooms": "3"}}
ASK = (0.5, voice(0.6))
COUGH = voice(0.07)


@pytest.mark.fault("J13")
def test_t13_a_tool_hangs(agent: Make) -> None:
    """Its time ends it, the caller has company meanwhile, and the model is told."""
    find = Slow("find", 100, timeout=12, slow=["Still looking.", "It takes long."])
    played = play(agent(["three rooms"], [FIND, "It does not answer."]), [find], [ASK], 20)
    assert played.heard() == ["Still looking. It takes long. It does not answer."]
    assert outcomes(played) == [("find", UseOutcome.FAILED)] and "12 s" in played.call.memory.uses[0].result
    spoken = [at for at, frame in played.frames(AgentSpeaking)] + played.times("media")
    gaps = [later - one for one, later in zip(sorted(spoken), sorted(spoken)[1:], strict=False)]
    assert max(gaps) < 5.5


@pytest.mark.fault("J20")
def test_t20_text_and_a_use_in_one_step(agent: Make) -> None:
    """The text is said, and the tool's sentence is not."""
    find = Slow("find", 0.1, say=["One moment."])
    played = play(agent(["three rooms"], [["I will look.", FIND], "There are two."]), [find], [ASK], 10)
    assert played.heard() == ["I will look. There are two."]


@pytest.mark.fault("J22")
def test_t27_an_answer_that_is_ready_during_a_sentence_follows_it(agent: Make) -> None:
    """The sentence is not cut."""
    find = Slow("find", 0.1, say=["Let me have a good long look at that."])
    played = play(agent(["three rooms"], [FIND, "There are two."]), [find], [ASK], 10)
    assert played.heard() == ["Let me have a good long look at that. There are two."]
    assert not played.times("clear")[1:]


@pytest.mark.fault("J23")
def test_t28_two_tools_one_after_the_other_have_one_sentence(agent: Make) -> None:
    """Two seconds are too short for a second one."""
    find, look = Slow("find", 0.1, say=["One moment."]), Slow("look", 0.1, say=["Just a second."])
    said = [FIND, {"use": "look", "with": {}}, "There are two."]
    played = play(agent(["three rooms"], said), [find, look], [ASK], 10)
    assert played.heard() == ["One moment. There are two."]


def test_a_delay_that_a_noise_cut_off_is_not_told_again(agent: Make) -> None:
    """The result is, when it comes."""
    find = Slow("find", 4, slow=["This takes a long while, I am sorry to say."])
    config = agent(["three rooms"], [FIND, "There are two."], {"tts.ms_per_letter": 60})
    call = play(config, [find], [ASK, (2.8, COUGH)], 14)
    said = [text for _, it in call.frames(ReplyText) if (text := it.text)]
    assert said.count("This takes a long while, I am sorry to say.") <= 1 and said[-1] == "There are two."


@pytest.mark.fault("J24")
def test_t29_two_calls_at_once(agent: Make) -> None:
    """Each hears its own result, of the tool that they share."""
    find = Slow("find", 0.5)

    async def both() -> list[Played]:
        config = agent(["three rooms"], [FIND, "There are two."])
        return list(await asyncio.gather(*(run(config, [find], [ASK], 8, True, {}) for _ in range(2))))

    found = run_virtual(both())
    assert [each.heard() for each in found] == [["There are two."]] * 2
    assert [outcomes(each) for each in found] == [[("find", DONE)]] * 2
