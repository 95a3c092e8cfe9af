"""A provider that fails in the middle of a call: another one answers the same turn; FAULTS P1, D5, E2, F1."""

from __future__ import annotations

import asyncio
import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import audio
from pipeline.agent import Agent
from pipeline.call import Call
from pipeline.config import Config
from pipeline.faults import ConfigError
from pipeline.server.metrics import Metrics
from pipeline.testing import CALL_SID, NoWire, play, run_virtual, voice
from pipeline.worker import Worker
from tests.kit.chain import chain

FAILING = {
    "asr": """\
import asyncio
from typing import Annotated
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.frames import Transcript
from pipeline.settings import doc

ASKED = []

class Failing(Recognizer):
    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        fails: Annotated[int, doc("How often it fails.")] = 99
        hangs: Annotated[bool, doc("It hangs instead.")] = False

    async def recognize(self, utterance):
        ASKED.append(self.now)
        yield Transcript(utterance.turn, "not yet", False)
        if self.settings.hangs:
            await asyncio.sleep(3600)
        if len(ASKED) <= self.settings.fails:
            raise OSError("no network")
        yield Transcript(utterance.turn, f"first {len(ASKED)}", True)
""",
    "llm": """\
from typing import Annotated
from pipeline.llm import Dialogue, ModelSettings
from pipeline.settings import doc

ASKED = []

class Failing(Dialogue):
    class Settings(ModelSettings, frozen=True, kw_only=True):
        fails: Annotated[int, doc("How often it fails.")] = 99
        says: Annotated[str, doc("What it says first.")] = ""

    async def answer(self, history):
        ASKED.append([line.text for line in history])
        if self.settings.says:
            yield self.settings.says
        if len(ASKED) <= self.settings.fails:
            raise OSError("no network")
        yield "From the first."
""",
    "tts": """\
from contextlib import asynccontextmanager
from typing import Annotated
from pipeline import audio
from pipeline.settings import doc
from pipeline.tts import Voice, VoiceSettings

ASKED = []

class Failing(Voice):
    class Settings(VoiceSettings, frozen=True, kw_only=True):
        fails: Annotated[int, doc("How often it fails.")] = 99
        opens: Annotated[bool, doc("Whether it can be opened.")] = True

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings, language):
        if not settings.opens:
            raise OSError("no such host")
        yield None

    async def synthesize(self, text):
        ASKED.append(text)
        if len(ASKED) <= self.settings.fails:
            raise OSError("no network")
        yield audio.tone(1.0, 400)
""",
}
HEARD = [f"number {number}" for number in range(9)]
SPARES = {"asr": {"asr.script": {"say": ["from the spare"]}}, "llm": {"llm.script": {"say": ["From the spare."]}},
          "tts": {"tts.tone": {"pitch": 500}}}  # fmt: skip


@pytest.fixture(scope="session")
def failing(agent: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A config whose step of one capability fails as it is told to, with a spare or without; and what it was asked."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "failing").mkdir()
    for name, text in FAILING.items():
        (folder / "failing" / f"{name}.py").write_text(
            text.replace("from typing", "from pipeline import audio\nfrom typing", 1)
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)

        def make(capability: Any, spares: Any = None, **fields: Any) -> tuple[Any, Any]:
            chosen = [SPARES[capability]] if spares is None else spares
            step = {f"failing.{capability}": {**fields, "fallback": chosen}}
            config = agent(HEARD, swap={capability: step}, changes={"plugins": ["failing"]})
            asked = importlib.import_module(f"failing.{capability}").ASKED
            asked.clear()
            return config, asked

        yield make


def talk(turns: int, every: float = 4.0) -> list[tuple[Any, bytes]]:
    return [(1.0 + every * number, voice(0.8, 300 + 10 * number)) for number in range(turns)]


def breakers(call: Any) -> list[tuple[Any, Any]]:
    return [(it["provider"], it["state"]) for _, what, it in call.events if what == "breaker"]


def understood(call: Any) -> list[Any]:
    return [it["text"] for _, what, it in call.events if what == "asr"]


# ---- the turn is not lost ------------------------------------------------------------------------------------------


@pytest.mark.fault("D6")
def test_the_next_recogniser_hears_the_same_utterance(failing: Any) -> None:
    """Although it has heard no frame of it, and the first had a guess already."""
    config, asked = failing("asr")
    call = play(config, talk(1), 5.0)
    assert len(asked) == 1 and understood(call) == ["from the spare"] and call.call.faults == 0
    assert call.heard() == ["Good morning."] and "PROVIDER_ERR failing.asr: OSError no network (swap)" in call.log


@pytest.mark.fault("D2")
def test_a_recogniser_that_hangs_is_given_up(failing: Any) -> None:
    """After its ten seconds."""
    config, _ = failing("asr", hangs=True)
    assert understood(play(config, talk(1), 16.0)) == ["from the spare"]


@pytest.mark.fault("E2")
def test_the_next_model_answers_the_same_question(failing: Any) -> None:
    """With the same conversation."""
    config, asked = failing("llm")
    call = play(config, talk(1), 5.0)
    assert asked == [["number 0"]] and call.heard() == ["From the spare."] and call.call.faults == 0


@pytest.mark.fault("E4")
@pytest.mark.parametrize(("says", "said"), [
    ("Well, I", ["From the spare."]),
    ("I think so. And ", ["I think so."]),
], ids=["before a piece", "after one"])  # fmt: skip
def test_a_model_that_has_spoken_is_not_replaced(failing: Any, says: str, said: list[str]) -> None:
    """What nobody has heard is forgotten; what was said stands."""
    config, _ = failing("llm", says=says)
    assert play(config, talk(1), 5.0).heard() == said


@pytest.mark.fault("F1")
def test_the_next_voice_speaks_the_same_words(failing: Any) -> None:
    """After a second try."""
    config, asked = failing("tts")
    call = play(config, talk(1), 5.0)
    assert asked.count("Good morning.") == 2 and call.heard() == ["Good morning."]
    [(_, pcm)] = call.playback.heard()
    assert pcm == audio.decode(audio.encode(audio.tone(13 * 0.06, 500)))


@pytest.mark.parametrize("capability", ["asr", "llm"])
def test_spares_are_asked_in_order_and_those_of_spares_after_them(failing: Any, capability: str) -> None:
    """Depth first."""
    word = f"failing.{capability}"
    config, asked = failing(capability, [{word: {"fallback": [{word: {}}]}}, SPARES[capability]])
    call = play(config, talk(1), 5.0)
    assert len(asked) == 3 and call.call.faults == 0
    assert "from the spare" in understood(call) or call.heard() == ["From the spare."]


@pytest.mark.parametrize("capability", ["asr", "llm", "tts"])
def test_when_all_have_failed_the_caller_hears_what_they_always_did(failing: Any, capability: str) -> None:
    """A question back, an apology, a beep: no silence, and no turn without an end."""
    word = f"failing.{capability}"
    config, _ = failing(capability, [{word: {}}])
    call = play(config, talk(1), 12.0)
    assert len(call.heard()) == 1 and call.heard() != ["From the spare."]


# ---- the breaker ---------------------------------------------------------------------------------------------------


@pytest.mark.fault("E2")
@pytest.mark.parametrize("capability", ["asr", "llm"])
def test_after_three_failures_a_provider_is_left_alone(failing: Any, capability: str) -> None:
    """Then one turn probes, ten seconds later; the log says so once."""
    config, asked = failing(capability)
    call = play(config, talk(4, 2.5), 11.0)
    assert len(asked) == 3 and breakers(call) == [(f"failing.{capability}", "open")]
    assert [line for line in call.log if "BREAKER" in line] == [f"BREAKER failing.{capability} open"]


def test_a_provider_that_works_again_is_asked_again(failing: Any) -> None:
    """The fourth question comes while it is open, the seventh is the probe."""
    config, _ = failing("asr", fails=3)
    call = play(config, talk(8, 2.5), 21.0)
    assert understood(call) == ["from the spare"] * 6 + ["first 4", "first 5"]
    assert [state for _, state in breakers(call)] == ["open", "probing", "closed"]


def test_without_a_spare_it_is_asked_all_the_same(failing: Any) -> None:
    """Whatever its breaker says; an answer closes it."""
    config, asked = failing("asr", [], fails=4)
    call = play(config, talk(5, 2.5), 14.0)
    assert len(asked) == 5 and understood(call) == ["first 5"]
    assert [state for _, state in breakers(call)] == ["open", "closed"]


def test_if_the_spares_fail_who_was_skipped_is_asked_all_the_same(failing: Any) -> None:
    """Better late than not at all."""
    config, asked = failing("asr", [{"failing.asr": {}}], fails=6)
    call = play(config, talk(4, 2.5), 11.0)
    assert len(asked) == 7 and understood(call) == ["first 7"]


def test_calls_share_their_breakers(failing: Any) -> None:
    """What one call has found out keeps the next from waiting."""
    config, _ = failing("asr")

    async def main() -> tuple[Any, list[list[Any]]]:
        async with Agent.open(config) as agent:
            calls = [agent.answer(Call(CALL_SID, NoWire(), asyncio.get_running_loop())) for _ in range(2)]
            return agent.breakers, [[it.breaker for it in call.steps if isinstance(it, Worker)] for call in calls]

    own, (one, other) = run_virtual(main())
    assert one == other and set(one) < set(own) and len(own) == len(one) + 1


# ---- at the start --------------------------------------------------------------------------------------------------


def test_a_provider_that_cannot_be_opened_is_replaced_from_the_start(failing: Any, log: list[str]) -> None:
    """With a warning, and a breaker that stays open."""
    config, asked = failing("tts", opens=False)
    assert play(config, talk(1), 5.0).heard() == ["Good morning."] and not asked
    assert any(line.startswith("BREAKER failing.tts open") and "no such host" in line for line in log)


def test_a_spare_that_cannot_be_opened_is_left_out(failing: Any) -> None:
    """The first one is there."""
    config, _ = failing("tts", [{"failing.tts": {"opens": False}}], fails=0)
    call = play(config, talk(1), 5.0)
    assert call.heard() == ["Good morning."] and call.call.faults == 0


def test_without_another_the_start_fails(failing: Any) -> None:
    """At its line."""
    config, _ = failing("tts", [{"failing.tts": {"opens": False}}], opens=False)
    with pytest.raises(ConfigError, match=r"swap: `failing\.tts` cannot be opened: no such host"):
        play(config, talk(1), 5.0)


# ---- what is said of it --------------------------------------------------------------------------------------------


def test_metrics_count_the_open_breakers_by_word(failing: Any) -> None:
    """One series for each word of the config, and no other."""
    config, _ = failing("tts", opens=False)

    async def main() -> str:
        async with Agent.open(config) as agent:
            return Metrics(Counter, lambda: agent.breakers).page().decode()

    lines = [line for line in run_virtual(main()).splitlines() if line.startswith("kav_breaker_open{")]
    assert sorted(lines) == [
        'kav_breaker_open{provider="asr.script"} 0.0',
        'kav_breaker_open{provider="failing.tts"} 1.0',
        'kav_breaker_open{provider="llm.script"} 0.0',
        'kav_breaker_open{provider="tts.tone"} 0.0',
    ]


@pytest.mark.parametrize(
    ("asr", "llm", "fault"),
    [
        ("sya: 1", "llm.script: {say: [Hello.]}", r"test.yaml:8:\d+: .*`sya`"),
        ("fallback: [tts.tone]", "llm.script: {say: [Hello.]}", r"test.yaml:8:\d+: .*fallback here: it is no `asr`"),
        ("delay: 0s", "asr.script: {say: [hello]}", r"test.yaml:12:\d+: .*fallback here: it is no `llm`"),
        ("delay: 0s", "llm.script: {say: []}", r"test.yaml:12:\d+: .*`say` wants at least 1"),
    ],
)
def test_faults_of_a_fallback_are_found_at_their_line(
    config: Callable[..., Config], asr: str, llm: str, fault: str
) -> None:
    """Those of a fallback's fallback, too; one of another capability is refused."""
    with pytest.raises(ConfigError, match=fault):
        config(
            chain(
                asr=f"asr.script:\n      say: [hello]\n      fallback:\n        - asr.script: {{say: [hello], {asr}}}",
                llm=f"llm.script:\n      say: [Hello.]\n      fallback:\n        - {llm}",
            )
        )


@settings(max_examples=15)
@given(st.lists(st.sampled_from([0, 1, 2, 5, 99]), min_size=1, max_size=3), st.sampled_from(["asr", "llm"]))
def test_whoever_fails_each_turn_is_answered(failing: Any, fails: Any, capability: Any) -> None:
    """Silence is no answer."""
    word = f"failing.{capability}"
    first, *rest = fails
    config, _ = failing(capability, [{word: {"fails": each}} for each in rest], fails=first)
    call = play(config, talk(3, 6.0), 18.0)
    assert len(call.heard()) >= 2
