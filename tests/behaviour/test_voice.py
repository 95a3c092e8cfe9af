"""BEHAVIOUR 7: how the agent sounds, and that it is never silent."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pipeline import audio
from pipeline.config import Config
from pipeline.frames import AgentSpeaking, Interrupt, SpeechStopped
from pipeline.testing import play, voice

QUESTION = (1.0, voice(1.0))  # its turn is over at 2.36 s
DECIDED = 2.36
GRID = 1e-6


def begins(agent: Any, **changes: Any) -> Any:
    """Seconds from the decision to the first sound."""
    config = agent(said=["Good morning, everybody."], changes={k.replace("__", "."): v for k, v in changes.items()})
    return play(config, [QUESTION], 12.0).times("media")[0] - DECIDED


@pytest.mark.parametrize(("shortest", "longest"), [("220ms", "360ms"), ("500ms", "500ms"), ("0ms", "0ms")])
def test_a_reply_starts_after_a_breath(agent: Callable[..., Config], shortest: str, longest: str) -> None:
    """RESP_MIN_DELAY_MS to RESP_MAX_DELAY_MS after the turn's end was decided."""
    took = begins(agent, pacer__min_delay=shortest, pacer__max_delay=longest)
    assert int(shortest[:-2]) / 1000 - GRID <= took <= int(longest[:-2]) / 1000 + GRID


@pytest.mark.parametrize(("slow", "took"), [("400ms", 0.4), ("1s", 1.0), ("5s", 5.0)])
@pytest.mark.parametrize("step", ["asr", "llm"])
def test_a_breath_is_a_floor_and_no_addition(agent: Callable[..., Config], step: str, slow: str, took: float) -> None:
    """If recognition or the model took longer, it is over."""
    patient = {"pacer__answer_within": "20s", "pacer__filler_after": "0s"}
    assert begins(agent, **{f"{step}__delay": slow}, **patient) == pytest.approx(took)


@pytest.mark.parametrize(("slow", "floor"), [("100ms", 0.22), ("200ms", 0.22)])
def test_work_that_is_quick_hides_in_the_breath(agent: Callable[..., Config], slow: str, floor: float) -> None:
    """Nobody waits for both."""
    assert floor <= begins(agent, asr__delay=slow) <= 0.36


def test_each_reply_is_preceded_by_a_clear(agent: Callable[..., Config]) -> None:
    """What may still be buffered of an older one goes first."""
    call = play(agent(["one", "two", "three"]), [QUESTION, (8.0, voice(1.0, 400)), (16.0, voice(1.0, 500))], 24.0)
    events = [message["event"] for _, message in call.sent]
    assert [events[i - 1] for i, it in enumerate(events) if it == "media" and events[i - 1] != "media"] == ["clear"] * 3


def test_sound_is_160_bytes_of_mu_law_every_20_ms(agent: Callable[..., Config]) -> None:
    """On an absolute grid, at most 200 ms ahead of the caller's ear, three pieces at a time, without a hole."""
    call = play(agent(said=["Good morning. " * 4]), [QUESTION], 10.0)
    assert {len(b64decode(it["media"]["payload"])) for _, it in call.sent if it["event"] == "media"} == {160}
    times = call.times("media")
    first = times[0]
    for index, at in enumerate(times):
        assert at - first == pytest.approx(max(0, index - 7) // 3 * 0.06, abs=GRID)
    assert not call.playback.underruns
    assert call.playback.media == len(times) == 4 * 39  # 13 letters of 60 ms each


def test_the_words_arrive_unchanged(agent: Callable[..., Config]) -> None:
    """Every sample that was synthesised is heard, in order."""
    call = play(agent(said=["Good morning."]), [QUESTION], 6.0)
    [(_, heard)] = call.playback.heard()
    assert heard == audio.decode(audio.encode(audio.tone(13 * 0.06, 220)))


def test_a_slow_voice_leaves_a_pause_and_no_click(agent: Callable[..., Config]) -> None:
    """Between sentences; each starts at once when it is there."""
    config = agent(said=["Good morning. How are you?"], changes={"tts.delay": "1500ms", "pacer.filler_after": "0s"})
    call = play(config, [QUESTION], 12.0)
    assert call.times("media")[0] - DECIDED == pytest.approx(1.5)
    assert len(call.times("clear")) == 1
    assert [it.on for _, it in call.frames(AgentSpeaking)] == [True, False]


def test_a_slow_model_speaks_each_sentence_when_it_has_it(agent: Callable[..., Config]) -> None:
    """The first is heard while the second is made."""
    config = agent(said=["Good morning. How are you?"], changes={"llm.gap": "1500ms"})
    call = play(config, [QUESTION], 12.0)
    starts = [at for at, _ in call.playback.heard()]
    assert starts[0] - DECIDED <= 0.36 and starts[1] - DECIDED == pytest.approx(1.5)


def test_who_interrupts_in_the_pause_between_sentences_interrupts(agent: Callable[..., Config]) -> None:
    """The agent is still speaking."""
    config = agent(["one", "two"], ["Good morning. How are you?", "Yes."], {"llm.gap": "3s"})
    call = play(config, [QUESTION, (4.5, voice(0.8))], 9.0)
    assert [it.heard for _, it in call.frames(Interrupt)] == ["Good morning."]
    assert len(call.frames(SpeechStopped)) == 2 and call.said() == ["Good morning.", "Yes."]


# ---- never silent -------------------------------------------------------------------------------------------------

FAULTY = """\
from typing import Annotated
from pipeline.settings import doc
from pipeline.tts import Voice, VoiceSettings
TRIES = []

class Faulty(Voice):
    class Settings(VoiceSettings, frozen=True, kw_only=True):
        fails: Annotated[int, doc("How often it fails.")] = 99
        gives: Annotated[int, doc("Bytes that it gives all the same.")] = 0

    async def synthesize(self, text):
        TRIES.append(text)
        if TRIES.count(text) > self.settings.fails:
            yield b"\\0\\x10" * 4000
        elif self.settings.gives:
            yield b"\\0\\x20" * (self.settings.gives // 2)
        else:
            raise OSError("no network")
"""


@pytest.fixture
def faulty(agent: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A call whose voice fails as it is told to."""
    (tmp_path / "faulty_voice").mkdir()
    (tmp_path / "faulty_voice" / "tts.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(tmp_path)

    def call(said: str = "Good morning.", **voice: Any) -> tuple[Any, int]:
        config = agent(said=[said], swap={"tts": {"faulty_voice.tts": voice}}, changes={"plugins": ["faulty_voice"]})
        tries = import_module("faulty_voice.tts").TRIES
        tries.clear()
        return play(config, [QUESTION], 8.0), tries.count(said)

    return call


def heard(call: Any) -> Any:
    [(_, pcm)] = call.playback.heard()
    return pcm


def on_the_line(pcm: Any) -> bytes:
    return audio.decode(audio.encode(pcm))


@pytest.mark.fault("F1")
@pytest.mark.parametrize("gives", [0, 398])
def test_a_synthesis_that_fails_once_is_tried_again(faulty: Any, gives: int) -> None:
    """Under 400 bytes have failed, too."""
    call, tries = faulty(fails=1, gives=gives)
    assert heard(call) == on_the_line(b"\0\x10" * 4000) and tries == 2


def test_400_bytes_are_sound(faulty: Any) -> None:
    """200 samples, and silence up to the next 20 ms; of two letters, as more would take longer."""
    call, tries = faulty("Hi", gives=400)
    assert heard(call)[:400] == on_the_line(b"\0\x20" * 200) and tries == 1


@pytest.mark.fault("F1")
def test_then_the_fallback_voice_speaks(faulty: Any) -> None:
    """After a retry."""
    call, tries = faulty(fallback=[{"tts.tone": {"pitch": 500}}])
    assert heard(call) == on_the_line(audio.tone(13 * 0.06, 500)) and tries == 2


@pytest.mark.fault("F1")
def test_then_a_clip_is_played(faulty: Any, tmp_path: Path, agent: Callable[..., Config]) -> None:
    """A WAV file that is always there."""
    audio.write_wav(tmp_path / "sorry.wav", b"\0\x30" * 1600)
    call, _ = faulty(clip=str(tmp_path / "sorry.wav"))
    assert heard(call) == on_the_line(b"\0\x30" * 1600)


@pytest.mark.fault("F1")
def test_then_it_beeps(faulty: Any) -> None:
    """300 ms, and the call goes on."""
    call, _ = faulty()
    assert heard(call) == on_the_line(audio.beep())
    assert call.frames(AgentSpeaking)[-1][1].heard == "Good morning."
    assert call.log.count("TTS_ERR no sound from Faulty") == 2
