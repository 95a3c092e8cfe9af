"""`replay`: a recorded call once more, as it was, and as it would have been."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from pipeline import cli
from pipeline.config import Config, load
from pipeline.config.writing import plain
from pipeline.faults import KavError
from pipeline.phone import script
from pipeline.phone.phone import place_call
from pipeline.phone.script import Answer, InterruptAfter, Say, WaitReply, Wav
from pipeline.records.reader import Event, Recording, folders
from pipeline.records.timeline import Turn, timeline
from pipeline.server.app import running
from pipeline.standins.starting import standing_in
from pipeline.testing import play, voice
from pipeline.tools.call.dial import speak
from pipeline.tools.replay import live
from pipeline.tools.replay.event_kinds import is_own, is_told
from pipeline.tools.replay.event_kinds import plain as untimed
from pipeline.tools.replay.player import Replayed, replay
from tests.kit.chain import chain

CONFIGS = Path(__file__).parents[3] / "configs"
CALLER = [(1.0, voice(0.9)), (2.3, voice(0.9, 350.0)), (7.0, voice(0.6, 400.0))]  # a pause for breath of 0.4 s
CUT_OFF = {
    "end_of_utterance.min_silence": "0.3s",
    "end_of_utterance.short_by": "0s",
    "end_of_utterance.short_floor": "0.1s",
}


@pytest.fixture
def cut(agent: Callable[..., Config], tmp_path: Path) -> Recording:
    """A call whose caller was cut off after "I am looking for"."""
    said = ["Gladly.", "How many rooms?", "In which city?"]
    config = agent(["I am looking for", "an apartment", "three rooms"], said, {**CUT_OFF, "tts.ms_per_letter": 20})
    play(config, CALLER, 11.0, keep=tmp_path)
    return only(tmp_path)


def only(folder: Path) -> Recording:
    (found,) = folders(folder)
    return Recording.load(found)


def again(recording: Recording, **changes: object) -> Replayed:
    return replay(recording, load(recording.config, set=changes))


def turns(events: list[Event]) -> list[Turn]:
    return timeline(events).turns


def texts(some: list[Turn]) -> list[str | None]:
    return [turn.text for turn in some]


def kav(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    return int(ended.value.code or 0)


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


def test_marks_come_back_when_they_would_have(agent: Callable[..., Config], tmp_path: Path) -> None:
    """A reply that is spoken at another time is played to its end there, and interrupts nobody."""
    config = agent(["hello", "bye"], ["Good morning to you."], {"tts.ms_per_letter": 20})
    play(config, [(1.0, voice(0.6)), (5.0, voice(0.6, 350.0))], 9.0, keep=tmp_path)
    replayed = again(only(tmp_path), **{"end_of_utterance.min_silence": "1.5s"})
    assert [turn.heard for turn in turns(replayed.events)] == [None, None]
    assert not [it for it in replayed.events if it.what == "refused"]


# ---- the command --------------------------------------------------------------------------------------------------


def test_the_command_shows_what_would_differ(
    cut: Recording, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A row for each turn, from where on it is a guess, the log's lines, and the sound of it."""
    wav = tmp_path / "would.wav"
    assert kav("replay", cut.folder, "--set", "end_of_utterance.min_silence=0.6s", "--wav", wav) == 0
    told = capsys.readouterr().out
    assert "1.90 s → 3.20 s  I am looking for → I am looking for an apartment" in told
    assert "A guess from 3." in told
    assert "\n-ASR_TEXT: an apartment\n" in told
    with wave.open(str(wav)) as sound:
        assert sound.getnframes() / 8000 == pytest.approx(11.0, abs=0.1)


def test_an_unchanged_call_is_said_to_be_the_same(cut: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, without a diff."""
    assert kav("replay", cut.folder) == 0
    told = capsys.readouterr().out
    assert told.rstrip().endswith("events in the same order.")
    assert "→" not in told


def test_a_folder_gives_totals(cut: Recording, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of all calls in it, for people and for programs; one that cannot be replayed is told and left out."""
    other = tmp_path / "other/CA1"
    shutil.copytree(cut.folder, other)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/events.jsonl").write_text("")
    assert kav("replay", tmp_path, "--set", "end_of_utterance.min_silence=0.6s", "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["calls"], told["was"]["turns"], told["would_be"]["turns"]) == (2, 6, 4)
    assert (told["was"]["cut_off"], told["would_be"]["cut_off"]) == (2, 0)
    assert "broken" in err and "\r" not in err


# ---- bad records --------------------------------------------------------------------------------------------------


def test_a_record_that_breaks_off_is_replayed_up_to_there(cut: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that was killed leaves half a line."""
    for name in ("events.jsonl", "wire.jsonl"):
        whole = (cut.folder / name).read_bytes()
        (cut.folder / name).write_bytes(whole[: len(whole) // 2])
    assert kav("replay", cut.folder) == 0
    assert "The record breaks off at" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda it: (it / "wire.jsonl").unlink(), "record.wire"),
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


# ---- voice that was judged -----------------------------------------------------------------------------------------


def test_what_was_judged_is_not_judged_again(cut: Recording, tmp_path: Path) -> None:
    """As long as its vad is the same, a call's voice is what its record says, whatever the sound; and then itself."""
    events = cut.folder / "events.jsonl"
    kept = events.read_text()
    assert "".join(re.findall(r'"frames":"([01]+)"', kept)).count("1") > 100
    events.write_text(re.sub(r'"frames":"([01]+)"', lambda it: f'"frames":"{"0" * len(it[1])}"', kept))
    deaf = Recording.load(cut.folder)
    assert not turns(again(deaf).events)
    assert len(turns(again(deaf, **{"vad.rms": 211}).events)) == 3


def test_a_silent_record_of_a_cut_call_is_not_believed(cut: Recording) -> None:
    """A server that was killed did not tell what it had judged last."""
    events = cut.folder / "events.jsonl"
    kept = [line for line in events.read_text().splitlines() if '"ended"' not in line]
    events.write_text(re.sub(r'"frames":"([01]+)"', '"frames":"0"', "\n".join(kept)))
    assert len(turns(again(Recording.load(cut.folder)).events)) == 3


# ---- live ---------------------------------------------------------------------------------------------------------


def test_live_asks_the_providers_again(
    agent: Callable[..., Config], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same call in real time: what the config's recogniser says now counts, not what was recorded."""
    config = agent(["hello", "bye"], ["Yes."], {"tts.ms_per_letter": 20})
    play(config, [(0.3, voice(0.6))], 2.0, keep=tmp_path)
    folder = only(tmp_path).folder
    for more, word in ((), "hello"), (("--live",), "good evening"):
        assert kav("replay", folder, "--set", "asr.say=[good evening]", "--json", *more) == 0
        out, err = capsys.readouterr()
        told = json.loads(out)
        assert (told["live"], told["guesses"]) == (bool(more), [])
        (turn,) = told["turns"]
        assert (turn["was"]["text"], turn["would_be"]["text"]) == ("hello", word)
        assert ("asking its providers, which takes 2 s" in err) == bool(more)


def test_stand_ins_know_the_call(cut: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    """They hear what was heard and answer what was answered; without `--live` nobody is asked."""
    said = [it.text for it in live.script(cut) if isinstance(it, Say | Answer)]
    assert said[:2] == ["I am looking for", "Gladly. "]
    assert said[-2:] == ["three rooms", "In which city? "]
    assert kav("replay", cut.folder, "--stand-ins") == 2
    assert "are for --live" in capsys.readouterr().err
