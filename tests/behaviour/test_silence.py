"""FAULTS I7 and P1: however the providers fail, a caller hears nothing for two seconds at most."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.frames import AgentSpeaking, Clear
from pipeline.testing import play, voice
from pipeline.text.fixed import PHRASES
from pipeline.tools.storm.response_times import SILENCE
from pipeline.vocabulary import Cause

ASKED, LAST_VOICE = (1.0, voice(1.0)), 2.0
HANGS = "60s"
ENGLISH = PHRASES["en"]
PLUGIN = """\
import asyncio
from typing import Annotated

from pipeline import audio
from pipeline.llm import Dialogue, ModelSettings
from pipeline.settings import doc
from pipeline.tts import Voice, VoiceSettings


class Trickle(Dialogue):
    "Gives a word at a time."

    class Settings(ModelSettings, frozen=True, kw_only=True):
        every: Annotated[float, doc("Seconds for a word.")] = 1.0
        words: Annotated[str, doc("All.")] = "We have a flat by the sea, and it is free from May. Do you want it?"
        stops: Annotated[int, doc("Words after which no more comes.")] = 99

    async def answer(self, history):
        for number, word in enumerate(self.settings.words.split()):
            await asyncio.sleep(3600 if number == self.settings.stops else self.settings.every)
            yield word + " "


class Stalling(Voice):
    "Speaks a part of each sentence, then no more."

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        part: Annotated[float, doc("Seconds of sound before it stalls.")] = 0.6
        slow: Annotated[float, doc("Seconds that a second of sound takes.")] = 0.0

    async def synthesize(self, text):
        pcm = audio.tone(0.06 * len(text), 300)
        if self.settings.slow:
            await asyncio.sleep(self.settings.slow * audio.seconds(pcm))
            yield pcm
            return
        yield pcm[: int(16000 * self.settings.part) & ~1]
        await asyncio.sleep(3600)
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A model and a voice that are slow in ways of their own."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "slowly").mkdir()
    (folder / "slowly" / "all.py").write_text(PLUGIN)
    (folder / "slowly" / "llm.py").write_text("from slowly.all import Trickle\n\nTrickle.__module__ = __name__\n")
    (folder / "slowly" / "tts.py").write_text("from slowly.all import Stalling\n\nStalling.__module__ = __name__\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield {"plugins": ["slowly"]}


def holes(call: Any, until: float) -> list[float]:
    """The silences of a call from the caller's last voice to a time: before each sound, and after the last."""
    end, found = LAST_VOICE, []
    for at in call.times("media"):
        if at > end + 1e-6:
            found.append(at - end)
        end = max(end, at) + 0.02
    ended = call.frames(AgentSpeaking)
    over = ended[-1][0] if ended and not ended[-1][1].on else until
    return [*found, over - end]


HANGING: dict[str, Any] = {
    "asr": {"asr.script": {"say": ["hello"], "delay": HANGS}},
    "llm": {"llm.script": {"say": ["Yes."], "delay": HANGS}},
    "tts": {"tts.tone": {"delay": HANGS}},
}


@pytest.mark.parametrize("spare", ["none", "good", "hangs"])
@pytest.mark.parametrize("hanging", [("asr",), ("llm",), ("tts",), ("llm", "tts"), ("asr", "llm", "tts")])
def test_a_provider_that_hangs_costs_no_two_seconds(
    agent: Callable[..., Config], hanging: tuple[str, ...], spare: str
) -> None:
    """Alone, with a spare, with a spare that hangs too: a filler comes first, then an answer or an apology."""
    good = {
        "asr": {"asr.script": {"say": ["hello"]}},
        "llm": {"llm.script": {"say": ["Yes."]}},
        "tts": {"tts.tone": {}},
    }
    swap = {}
    for name in hanging:
        [(word, fields)] = HANGING[name].items()
        spares = {"none": [], "good": [good[name]], "hangs": [HANGING[name]]}[spare]
        swap[name] = {word: {**fields, "fallback": spares}}
    call = play(agent(said=["Yes, of course it is."], swap=swap), [ASKED], 14.0)
    assert max(holes(call, 14.0)) <= SILENCE and call.call.state == "ENDED" and call.frames(AgentSpeaking)
    if spare == "good" and len(hanging) == 1:
        assert call.heard()[0] in ("Yes.", "Yes, of course it is.")


@pytest.mark.parametrize(("every", "stops"), [(1.0, 99), (2.8, 99), (0.1, 4), (0.05, 15), (0.4, 99)])
def test_the_time_is_for_a_sentence_and_not_for_a_word(
    agent: Callable[..., Config], plugin: Any, every: float, stops: int
) -> None:
    """A model that trickles, or stops in a sentence, is no reason for silence."""
    config = agent(swap={"llm": {"slowly.llm": {"every": every, "stops": stops}}}, changes=plugin)
    call = play(config, [ASKED], 14.0)
    assert max(holes(call, 14.0)) <= SILENCE and call.heard() != [""]


@pytest.mark.parametrize(("part", "slow"), [(0.1, 0.0), (0.6, 0.0), (1.2, 0.0), (0.0, 0.7), (0.0, 1.4)])
def test_a_voice_that_stalls_is_replaced_or_goes_on_with_the_next_sentence(
    agent: Callable[..., Config], plugin: Any, part: float, slow: float
) -> None:
    """Within two seconds."""
    config = agent(
        said=["We have a flat by the sea. It is free from May on. Do you want to see it?"],
        swap={"tts": {"slowly.tts": {"part": part, "slow": slow}}},
        changes=plugin,
    )
    assert max(holes(play(config, [ASKED], 25.0), 25.0)) <= SILENCE


# ---- the filler ------------------------------------------------------------------------------------------------------


def fillers(call: Any) -> list[float]:
    return [at for at, what, it in call.events if what == "filler" and it["text"]]


def tones(call: Any) -> list[float]:
    return [at for at, what, it in call.events if what == "filler" and not it["text"]]


@pytest.mark.parametrize(("delay", "expected"), [("1s", []), ("2s", [LAST_VOICE + 1.5])])
def test_a_filler_comes_when_it_is_needed_and_not_before(
    agent: Callable[..., Config], delay: str, expected: list[float]
) -> None:
    """1.5 s after the caller's last voice; the answer, asked for meanwhile, follows it."""
    call = play(agent(changes={"llm.delay": delay}), [ASKED], 12.0)
    assert fillers(call) == pytest.approx(expected, abs=0.03) and call.said()[-1] == "Good morning."
    [first] = [it for _, what, it in call.events if what == "first_audio"]
    assert first["after"] >= float(delay[:-1])


def test_a_filler_is_no_part_of_the_conversation(agent: Callable[..., Config]) -> None:
    """The model knows the words of the answer alone."""
    call = play(agent(changes={"llm.delay": "2s"}), [ASKED], 12.0)
    assert [(it.role, it.text) for it in call.call.conversation] == [("user", "hello"), ("assistant", "Good morning.")]


def test_a_filler_can_be_interrupted(agent: Callable[..., Config]) -> None:
    """Like any sound; the caller's words are joined to the question, which is answered once."""
    config = agent(["in Haifa", "or in Eilat"], changes={"llm.delay": "2s"})
    call = play(config, [ASKED, (3.7, voice(0.8, 300))], 14.0)
    spoke = [at for at, it in call.frames(Clear)]
    assert any(3.7 < at < 4.2 for at in spoke) and call.heard()[-1] == "Good morning."
    assert [it.text for it in call.call.conversation] == ["in Haifa or in Eilat", "Good morning."]


@pytest.mark.parametrize("delay", ["3s", "5s", "8s", "10s", "12s", "25s"])
def test_fillers_are_five_seconds_apart(agent: Callable[..., Config], delay: str) -> None:
    """At least; between them soft tones keep the line alive, until a slow answer comes."""
    call = play(agent(changes={"llm.delay": delay, "pacer.answer_within": "30s"}), [ASKED], 34.0)
    at = fillers(call)
    assert at and all(after - one >= 5.0 - 1e-6 for one, after in pairwise(at))
    assert max(holes(call, 34.0)) <= SILENCE and call.said()[-1] == "Good morning." and call.call.faults == 0


@pytest.mark.parametrize("again", [3.7, 4.5, 5.2])
def test_no_filler_comes_twice_though_the_caller_has_spoken_between(agent: Callable[..., Config], again: float) -> None:
    """A tone comes in the place of the second one's words, and no more than two seconds are silent."""
    config = agent(["in Haifa", "or in Eilat"], changes={"llm.delay": "3s", "pacer.answer_within": "20s"})
    call = play(config, [ASKED, (again, voice(0.4, 300))], 16.0)
    assert len(fillers(call)) == 1 and tones(call)
    sounds = [at for at in call.times("media") if at > again + 0.4]
    gaps = [after - one for one, after in pairwise([again + 0.4, *sounds])]
    assert max(gaps) <= SILENCE and call.heard()[-1] == "Good morning."


def test_a_voice_without_the_fillers_words_gives_a_tone(agent: Callable[..., Config], plugin: Any) -> None:
    """In the time that it has: it is not asked for them in a call."""
    config = agent(swap={"tts": {"slowly.tts": {"part": 0.1}}}, changes={**plugin, "llm.delay": "2s"})
    call = play(config, [ASKED], 14.0)
    assert len(fillers(call)) == 1 and max(holes(call, 14.0)) <= SILENCE


def test_a_config_may_do_without_a_filler_or_choose_its_words(agent: Callable[..., Config]) -> None:
    """The words are known before the call, so that their sound is."""
    slow = {"llm.delay": "2s"}
    assert fillers(play(agent(changes={**slow, "pacer.filler_after": "0s"}), [ASKED], 12.0)) == []
    longer = play(agent(changes={**slow, "pacer.filler": "Just a moment while I look that up."}), [ASKED], 14.0)
    usual = play(agent(changes=slow), [ASKED], 12.0)
    assert longer.playback.media - usual.playback.media == pytest.approx(3 * (35 - len(ENGLISH["filler"])), abs=2)


# ---- turns that fail one after the other -----------------------------------------------------------------------------


@pytest.mark.parametrize(("broken", "first"), [("asr", "unheard"), ("llm", "failed")])
def test_turns_that_go_on_failing_get_other_words_and_then_a_polite_end(
    agent: Callable[..., Config], broken: str, first: str
) -> None:
    """Not the same apology again and again."""
    sounds = [(1.0 + 14.0 * turn, voice(0.8, 300 + 20 * turn)) for turn in range(5)]
    call = play(agent([f"number {turn}" for turn in range(5)], swap={broken: HANGING[broken]}), sounds, 75.0)
    assert call.heard() == [ENGLISH[first], ENGLISH["failing"], ENGLISH["gave_up"]]
    assert call.call.cause == Cause.GAVE_UP
