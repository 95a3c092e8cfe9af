"""`replay`: a recorded call once more, as it was, and as it would have been."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from pipeline.config import Config, load
from pipeline.config.writing import plain
from pipeline.faults import KavError
from pipeline.phone import script
from pipeline.phone.phone import place_call
from pipeline.phone.script import InterruptAfter, WaitReply, Wav
from pipeline.records.reader import Recording, folders
from pipeline.records.timeline import Turn
from pipeline.server.app import running
from pipeline.standins.starting import standing_in
from pipeline.testing import play, voice
from pipeline.tools.call.dial import speak
from pipeline.tools.replay.event_kinds import is_own, is_told
from pipeline.tools.replay.event_kinds import plain as untimed
from tests.kit.chain import chain
from tests.kit.replays import again, kav, only, turns

CONFIGS = Path(__file__).parents[3] / "configs"


def texts(some: list[Turn]) -> list[str | None]:
    return [turn.text for turn in some]


# ---- the same -----------------------------------------------------------------------------------------------------


def dialled(config: Config, actions: script.Script) -> None:
    """Record a real call, over sockets, on the loop that `run.py` uses."""

    async def main() -> None:
        sounds = await speak(script.words(actions), config.language)
        async with standing_in(config, actions) as ready, running([ready]) as server:
            result = await place_call(server.url, actions, limit=60, voice=sounds.__getitem__)
            await server.registry.idle()
        assert result.ok, result.error

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


DEMO = [
    WaitReply(10),
    Wav(CONFIGS / "demo/looking.wav"),
    InterruptAfter(0.6, Wav(CONFIGS / "demo/rooms.wav")),
    InterruptAfter(0.9, Wav(CONFIGS / "demo/wait.wav")),
    WaitReply(10),
]
HEBREW = [*script.load(CONFIGS / "demo/call_maximus_he.yaml")[1:7], WaitReply(15)]


@pytest.mark.parametrize(("name", "actions"), [("demo", DEMO), ("maximus_he", HEBREW)])
def test_a_live_call_is_the_same_call(tmp_path: Path, name: str, actions: script.Script) -> None:
    """With its own config it has the same events in the same order, moments and spans aside, barge-ins among them."""
    dialled(load(CONFIGS / f"{name}.yaml", set={"record.folder": str(tmp_path)}), tuple(actions))
    recording = only(tmp_path)
    replayed = again(recording)
    assert replayed.same, replayed.astray
    assert not replayed.guesses
    kept, made = (
        [msgspec.json.encode(untimed(it)) for it in its if is_own(it)] for its in (recording.events, replayed.events)
    )
    assert kept == made
    assert any(turn.heard is not None for turn in turns(replayed.events))


BURST = """\
import asyncio

from pipeline import audio
from pipeline.tts import Voice, VoiceSettings

class Burst(Voice):
    Settings = VoiceSettings

    async def synthesize(self, text):
        for _ in range(20):
            yield audio.tone(0.06, 300.0, 8000)
            await asyncio.sleep(0.0004)
"""


def test_a_burst_of_sound_is_heard_as_early_again(
    config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces that come in one millisecond are handed on one by one, as they were, and not at the last of them."""
    package = tmp_path / "bursting"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "tts.py").write_text(BURST)
    monkeypatch.syspath_prepend(str(tmp_path))
    play(config(chain("plugins: [bursting]\n", tts="bursting.tts")), [(1.0, voice(0.6))], 5.0, keep=tmp_path / "calls")
    recording = only(tmp_path / "calls")
    replayed = again(recording)
    was, now = (
        [(it.at, untimed(it)) for it in its if it.what in ("AudioOut", "first_audio")]
        for its in (recording.events, replayed.events)
    )
    assert replayed.same and was == now and len(was) > 15


def test_a_config_survives_its_record(agent: Callable[..., Config], tmp_path: Path) -> None:
    """What a record keeps of a config means the same, and has no secret."""
    for name in ("demo", "maximus_he", "bench"):
        config = load(CONFIGS / f"{name}.yaml", env={"OPENAI_API_KEY": "sk-1234567890"})
        (tmp_path / "config.yaml").write_text(plain(config), encoding="utf-8")
        once = load(tmp_path / "config.yaml")
        assert plain(once) == plain(config)
        assert [step.word for step in once.steps] == [step.word for step in config.steps]
        assert "sk-1234567890" not in plain(config)
    assert load(CONFIGS / "demo.yaml").hash == load(CONFIGS / "demo.yaml").hash


# ---- changed ------------------------------------------------------------------------------------------------------


def test_a_caller_who_was_cut_off_is_heard_out(cut: Recording) -> None:
    """With more patience two turns are one again, with both their words, and its question is answered once."""
    assert texts(turns(cut.events)) == ["I am looking for", "an apartment", "three rooms"]
    replayed = again(cut, **{"end_of_utterance.min_silence": "0.6s"})
    assert texts(turns(replayed.events)) == ["I am looking for an apartment", "three rooms"]
    assert replayed.astray is not None
    assert replayed.guesses[0].why.startswith("another utterance: 1.00 to 3.20 s")


def test_what_is_cut_in_two_has_each_word_once(cut: Recording) -> None:
    """An utterance that ends earlier has the words that were spoken by then."""
    joined = again(cut, **{"end_of_utterance.min_silence": "0.1s"})
    assert " ".join(text or "" for text in texts(turns(joined.events))).split() == (
        ["I", "am", "looking", "for", "an", "apartment", "three", "rooms"]
    )


def test_a_voice_that_was_too_quiet_is_missed(cut: Recording) -> None:
    """A threshold above the caller's voice hears nothing."""
    assert not turns(again(cut, **{"vad.rms": 30000}).events)


# ---- bad records --------------------------------------------------------------------------------------------------


def test_a_record_that_breaks_off_is_replayed_up_to_there(cut: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that was killed leaves half a line."""
    for name in ("events.jsonl", "wire.jsonl.gz"):
        whole = (cut.folder / name).read_bytes()
        (cut.folder / name).write_bytes(whole[: len(whole) // 2])
    assert kav("replay", cut.folder) == 0
    assert "The record breaks off at" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda it: (it / "wire.jsonl.gz").unlink(), "record.wire"),
        (lambda it: (it / "call.json").unlink(), "records of early versions"),
        (lambda it: (it / "call.json").write_text('{"format": 99}'), "format 99"),
        (lambda it: (it / "call.json").write_text("{"), "cannot be read"),
        (lambda it: shutil.rmtree(it), "no such folder"),
        (lambda it: [each.unlink() for each in it.iterdir()], "no record of a call"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_a_sentence(cut: Recording, spoil: Callable[..., Any], told: str) -> None:
    """Not a traceback."""
    spoil(cut.folder)
    with pytest.raises(KavError, match=told):
        Recording.load(folders(cut.folder)[0])


# ---- providers that failed -------------------------------------------------------------------------------------------

BROKEN = {
    "asr": """\
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.frames import Transcript

class Broken(Recognizer):
    Settings = RecognizerSettings

    async def recognize(self, utterance):
        yield Transcript(utterance.turn, "not yet", False)
        raise OSError("no network")
""",
    "llm": """\
from pipeline.llm import Dialogue, ModelSettings

class Broken(Dialogue):
    Settings = ModelSettings

    async def answer(self, history):
        if len(history) > 1:
            yield "I was about to "
        raise OSError("no network")
""",
    "tts": """\
from pipeline.tts import SynthesisError, Voice, VoiceSettings

class Broken(Voice):
    Settings = VoiceSettings

    async def synthesize(self, text):
        raise SynthesisError("no network")
        yield b""
""",
}


@pytest.mark.parametrize("fallback", [False, True])
@pytest.mark.parametrize("broken", BROKEN)
def test_what_failed_fails_again(
    config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, fallback: bool
) -> None:
    """A provider that failed on the call, and the one that was asked instead, do so in the replay, event by event."""
    package = tmp_path / f"broken_{broken}_{fallback}"
    package.mkdir()
    for name, text in {"__init__": "", **BROKEN}.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    spares = {"asr": "asr.script: {say: [hello]}", "llm": "llm.script: {say: [Good morning.]}", "tts": "tts.tone"}
    steps = dict(spares)
    steps[broken] = f"{package.name}.{broken}: {{fallback: [{spares[broken] if fallback else ''}]}}"
    text = chain(f"plugins: [{package.name}]\n", **steps)
    play(config(text), [(1.0, voice(0.6)), (5.0, voice(0.6, 350.0))], 12.0, keep=tmp_path / "calls")
    recording = only(tmp_path / "calls")
    replayed = again(recording)
    assert replayed.same, replayed.astray
    both = recording.events, replayed.events
    was, now = ([(it.at, untimed(it)) for it in its if is_own(it)] for its in both)
    assert was == now
    one, other = ([(it.at, it.what, it.content) for it in its if is_told(it)] for its in both)
    assert one == other
    assert any(it.what in ("provider_failed", "tts_failed") for it in recording.events)
