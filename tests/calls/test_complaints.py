"""What the first user complained about, each over a real socket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline import audio
from pipeline.config import Config, load
from pipeline.frames import AgentSpeaking, ReplyText, SpeechStarted, Transcript
from pipeline.phone.script import InterruptAfter, Pcm, Wait, WaitReply, Wav
from pipeline.testing import voice
from tests.kit.dialled import dial

CONFIGS = Path(__file__).parents[2] / "configs"
FAST = {"tts.ms_per_letter": 12}


def test_she_lets_me_speak(agent: Callable[..., Config]) -> None:
    """Over the greeting and over an answer: each time the caller speaks, the agent stops and answers that."""
    config = agent(
        ["wait", "no, wait"],
        ["All right. What is it about?"],
        {"greeting.text": "A greeting that goes on and on.", "tts.ms_per_letter": 50},
    )
    over = [InterruptAfter(0.2, Pcm(voice(0.5))), InterruptAfter(0.2, Pcm(voice(0.6, 350.0))), WaitReply()]
    call = dial(config, *over)
    assert call.result.ok, call.result.error
    assert len(call.lines("BARGE_IN: interrupt")) == 2
    assert all(each.clear is not None for each in call.result.barge_ins)


def test_there_is_a_transcription() -> None:
    """The offline recogniser hears a recording that came as telephone sound, through every layer."""
    config = load(CONFIGS / "demo.yaml", set={"record.folder": ""})
    call = dial(config, Wav(CONFIGS / "demo/rooms.wav"), WaitReply())
    assert call.result.ok, call.result.error
    assert call.lines("ASR_TEXT:") == ["ASR_TEXT: three rooms please"]
    assert next(frame.text for frame in call.frames(ReplyText)) == "Three rooms."


def test_there_is_no_silence(tmp_path: Path, agent: Callable[..., Config]) -> None:
    """A voice that is broken says so with a beep."""
    swap = {"tts": {"tts.tone": {"ms_per_letter": 1}}}  # two letters: less than 400 bytes, which is no speech
    call = dial(agent(said=["OK"], swap=swap), Pcm(voice(0.6)), WaitReply())
    assert call.result.ok, call.result.error
    assert call.lines("TTS_ERR")
    loud = [
        at
        for at in range(0, len(call.result.agent_track), 320)
        if audio.rms(call.result.agent_track[at : at + 320]) > 500
    ]
    assert len(loud) in (14, 15, 16)  # 300 ms


def test_there_are_no_loops(agent: Callable[..., Config]) -> None:
    """The same words over their answer get no second one, and the same answer is not given twice."""
    text = "It is done, and will be sent to you today."
    config = agent(["a flat", "a flat", "and now"], [text], {"tts.ms_per_letter": 40})
    over = InterruptAfter(0.3, Pcm(voice(0.6)))
    call = dial(config, Pcm(voice(0.5)), over, WaitReply(), Pcm(voice(0.7)), WaitReply())
    assert call.result.ok, call.result.error
    assert call.lines("DEDUP") == ["DEDUP user → ignore"]
    heard = [frame.heard for frame in call.frames(AgentSpeaking) if not frame.on]
    assert heard[-1] == "I see. Shall I go into detail, or shall we move on?" and text.endswith(heard[0])


def test_the_call_is_not_cut_while_the_caller_thinks(agent: Callable[..., Config]) -> None:
    """Seconds of silence end nothing: the stream stays open, and the next question is answered."""
    call = dial(
        agent(["one", "two"], ["First.", "Second."], FAST),
        Pcm(voice(0.5)),
        WaitReply(),
        Wait(3.0),
        Pcm(voice(0.6)),
        WaitReply(),
    )
    assert call.result.ok and call.result.ended_by == "caller"
    assert len(call.result.replies) == 2


def test_a_cough_stops_no_answer(agent: Callable[..., Config]) -> None:
    """A noise while the agent thinks is no question, and the answer to the real one still comes."""
    config = agent(["a question"], ["The answer."], {**FAST, "asr.delay": "0.5s"})
    call = dial(config, Pcm(voice(0.8)), Wait(0.55), Pcm(voice(0.07)), WaitReply())
    assert len(call.frames(SpeechStarted)) == 2
    assert [frame.text for frame in call.frames(Transcript)] == ["a question"]
    assert [frame.heard for frame in call.frames(AgentSpeaking) if not frame.on] == ["The answer."]
