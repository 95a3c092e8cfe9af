"""A step that fails: its call goes on, up to a limit; FAULTS G1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.frames import AgentSpeaking, SpeechStarted
from pipeline.testing import play, voice
from tests.kit.chain import STEPS, chain

BREAKS = """\
from typing import Annotated
from pipeline import frames
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings, doc

UNWATCHED = (frames.AudioIn, frames.Media, frames.WireMessage)
KINDS = (*(kind for kind in frames.Frame.__subclasses__() if kind not in UNWATCHED), frames.AgentSpeaking)

class Breaks(Processor):
    optional = KINDS

    class Settings(StepSettings, frozen=True, kw_only=True):
        at: Annotated[str, doc("The frame that it fails with.")] = "SpeechStarted"
        first: Annotated[bool, doc("Fail before the frame is passed on.")] = False

    @on(*KINDS)
    def see(self, it):
        if type(it).__name__ == self.settings.at and self.settings.first:
            raise SystemExit("broken on purpose")
        if not isinstance(it, frames.Control):
            self.push(it)
        if type(it).__name__ == self.settings.at:
            raise ValueError("broken on purpose")

    def close(self):
        raise ValueError("cannot close")
"""


AT = {
    "end_of_utterance": ["SpeechStarted", "SpeechStopped", "Utterance"],
    "asr": ["SpeechStarted", "SpeechStopped", "Transcript"],
    "llm": ["SpeechStarted", "SpeechStopped", "ReplyText", "ReplyEnded"],
    "tts": ["SpeechStarted", "SpeechStopped", "AudioOut", "AudioEnded"],
}


@pytest.fixture
def broken(agent: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A chain in which the step on line 3 of its file fails with one kind of frame."""
    (tmp_path / "breaks").mkdir()
    (tmp_path / "breaks" / "step.py").write_text(BREAKS)
    monkeypatch.syspath_prepend(tmp_path)

    def make(at: Any, **options: Any) -> Any:
        return agent(swap={"greeting": {"breaks.step": {"at": at}}}, changes={"plugins": ["breaks"]}, **options)

    return make


@pytest.mark.fault("G1")
@pytest.mark.parametrize("at", ["SpeechStarted", "MarkPlayed", "AgentSpeaking", "CallStarted"])
def test_a_step_that_raises_does_not_end_the_call(broken: Any, at: str) -> None:
    """The fault is counted; the caller is answered, and what the others hold is closed."""
    call = play(broken(at), [(1.0, voice(1.0))], 6.0)
    assert [it.heard for _, it in call.frames(AgentSpeaking) if not it.on] == ["Good morning."]
    faults = [it for _, what, it in call.events if what == "fault"]
    assert len(faults) >= 2 and {it["error"] for it in faults} == {"ValueError"}
    assert all(it["step"].startswith("Breaks (") for it in faults)
    assert call.call.cause == "stop" and not call.chain.tasks


@pytest.mark.fault("G1")
@pytest.mark.parametrize(("below", "at"), [(below, at) for below, found in AT.items() for at in found])
@pytest.mark.usefixtures("broken")
def test_a_step_that_fails_before_it_passes_a_frame_on_leaves_no_silence(
    config: Callable[..., Config], below: str, at: str
) -> None:
    """The frame goes on past the step, and the caller hears the answer of each turn."""
    steps = {**STEPS, "asr": "asr.script: {say: [one, two]}", "llm": "llm.script: {say: [First., Second.]}"}
    step = f"breaks.step: {{at: {at}, first: true}}"
    text = chain("plugins: [breaks]\n", **{**steps, below: (steps[below], step)})
    call = play(config(text), [(1.0, voice(1.0)), (5.0, voice(1.0, 400))], 9.0)
    assert [it.heard for _, it in call.frames(AgentSpeaking) if not it.on] == ["First.", "Second."]
    faults = [it for _, what, it in call.events if what == "fault" and it["error"] == "Exited"]
    assert len(faults) >= 2


@pytest.mark.fault("G1")
def test_the_interruption_goes_out_whatever_fails_behind_it(broken: Any) -> None:
    """The controls that were raised before the failure still run."""
    config = broken("SpeechStarted", heard=["one", "two"], said=["Good morning, everybody.", "Yes."])
    call = play(config, [(1.0, voice(1.0)), (3.2, voice(0.8, 400))], 7.0)
    assert call.frames(SpeechStarted)[1][0] in call.times("clear")
    assert "BARGE_IN: interrupt" in call.log


@pytest.mark.fault("G1")
def test_ten_faults_end_the_call(broken: Any) -> None:
    """A call whose step fails and fails is ended politely, with that cause."""
    sounds = [(1.0 + 0.8 * index, voice(0.16, 300 + index)) for index in range(12)]
    call = play(broken("SpeechStarted", heard=[f"number {n}" for n in range(12)]), sounds, 20.0)
    assert call.call.cause == "faults" and len(call.frames(SpeechStarted)) == 10
