"""A caller who is asked to type: a number for a tool, or a secret that is found nowhere."""

from __future__ import annotations

import gzip
import math
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline import audio
from pipeline.config import Config, load
from pipeline.events import ToolExchange
from pipeline.frames import Collect, FillerDue, Keys, ReplyEnded, TurnDropped
from pipeline.records import wav
from pipeline.records.files import kept
from pipeline.testing import Played, play, voice
from pipeline.tools.replay.player import replay
from pipeline.tools.report.page import page
from pipeline.tools.report.record import read
from pipeline.vocabulary import UseOutcome
from tests.kit.chain import chain
from tests.kit.replays import only

QUESTION, ANSWER = "Please type your number.", "Thank you."
ASK = {"use": "ask_id"}
DIGITS = "736415928"
SPEAKS = (0.5, voice(0.6))
FINDS = f'''"""Finds the caller."""
from hashlib import sha256

from pipeline.tool import View

async def finds(call: View) -> bool:
    """Finds the caller by their secret number."""
    return sha256(call.secrets["id_number"].encode()).hexdigest() == "{sha256(DIGITS.encode()).hexdigest()}"
'''


def config(folder: Path, said: list[Any], heard: str = "[who am I]", **tool: Any) -> Config:
    """A whole agent with `keys`, `idle` and a tool that asks for nine digits; its model says these things."""
    path = folder / "typed.yaml"
    llm = f"llm.script: {{say: {msgspec.json.encode(said).decode()}}}"
    steps = (f"asr.script: {{say: {heard}}}", "keys", "idle: {after: 4s}")
    wanted = {"name": "ask_id", "about": "Asks for it.", "say": [QUESTION], "digits": 9, "save": "id_number", **tool}
    (folder / "finds.py").write_text(FINDS, encoding="utf-8")
    head = f"plugins: [finds.py]\ntools: [keys: {msgspec.json.encode(wanted).decode()}, finds.py]\n"
    path.write_text(chain(head, asr=steps, llm=llm), encoding="utf-8")
    return load(path)


def typed(at: float, text: str) -> list[tuple[float, str]]:
    return [(at + 0.15 * number, key) for number, key in enumerate(text)]


def test_the_number_is_the_result_and_is_told_once(tmp_path: Path) -> None:
    """The reply ends with the question, and nothing is said while the caller types."""
    call = play(config(tmp_path, [ASK, ANSWER]), [SPEAKS], 11, keys=typed(6.0, DIGITS))
    assert call.heard() == [QUESTION, ANSWER] and [it.outcome for it in call.call.memory.uses] == [UseOutcome.DONE]
    assert call.call.memory.facts == {"id_number": DIGITS} and call.call.faults == 0
    assert not [it for _, it in call.frames(FillerDue) if it.text]
    results = [it.got for _, it in call.told if isinstance(it, ToolExchange) and it.got]
    assert results == [f'{{"digits":"{DIGITS}"}}'] and len(call.frames(ReplyEnded)) == 2


def test_a_caller_who_types_over_the_question_has_heard_enough_of_it(tmp_path: Path) -> None:
    """The rest is not said."""
    call = play(config(tmp_path, [ASK, ANSWER]), [SPEAKS], 8, keys=typed(2.0, DIGITS))
    first, *others = call.heard()
    assert QUESTION.startswith(first) and first != QUESTION and others == [ANSWER]
    assert [it.digits for _, it in call.frames(Keys)] == [DIGITS]


def test_a_question_meanwhile_is_answered_and_the_entry_goes_on(tmp_path: Path) -> None:
    """No voice ends the wait."""
    agent = config(tmp_path, [ASK, "The one on your card.", ANSWER], "[who am I, which number]")
    call = play(agent, [SPEAKS, (5.0, voice(0.8))], 15, keys=typed(10.0, DIGITS))
    assert call.heard() == [QUESTION, "The one on your card.", ANSWER]
    assert call.call.memory.facts == {"id_number": DIGITS}


def test_speech_beside_the_keys_comes_to_nothing(tmp_path: Path) -> None:
    """A caller says the digits as they type."""
    call = play(config(tmp_path, [ASK, ANSWER]), [SPEAKS, (6.1, voice(1.0))], 11, keys=typed(6.0, DIGITS))
    assert call.heard() == [QUESTION, ANSWER]
    assert [it.reason for _, it in call.frames(TurnDropped)] == ["keys", "keys"]


def test_who_types_nothing_is_asked_twice_and_not_by_idle(tmp_path: Path) -> None:
    """Then the model is told."""
    call = play(config(tmp_path, [ASK, "Then say it."]), [SPEAKS], 24)
    assert call.heard() == [QUESTION, QUESTION, "Then say it."]


def test_a_use_that_takes_too_long_is_over(tmp_path: Path) -> None:
    """The step takes keys for no tool any more."""
    call = play(config(tmp_path, [ASK, "Too late."], timeout="5s", first="2s"), [SPEAKS], 12)
    assert call.heard() == [QUESTION, QUESTION, "Too late."] and [it.most for _, it in call.frames(Collect)] == [9, 0]


def test_a_secret_is_found_nowhere(tmp_path: Path) -> None:
    """Other tools have it; no event, log line, file of the record, sound, request or page does."""
    sound = [SPEAKS, *((at - 0.08, tone(key)) for at, key in typed(6.0, DIGITS)), (6.2, voice(0.1))]
    agent = config(tmp_path, [ASK, {"use": "finds"}, "Hello Dana."], secret=True)
    call = play(agent, sound, 12, keys=typed(6.0, f"{DIGITS}#"), keep=tmp_path / "calls")
    assert call.call.memory.uses[1].result == "true" and call.heard() == [QUESTION, "Hello Dana."]
    [folder] = (tmp_path / "calls").glob("*/*")
    outputs = _texts(folder) | {"page": page(read(folder), sound=True).html, **_of(call)}
    assert [name for name, text in outputs.items() if DIGITS[:5] in text or re.search('"digit": ?"[0-9]', text)] == []
    assert [(it.digits, it.name) for _, it in call.frames(Keys)] == [("•" * 9, "id_number")]
    assert outputs["wire.jsonl.gz"].count('"digit":"•"') == 9 and '"keys_muted"' in outputs["events.jsonl"]
    assert max(_loudness(folder, 5.88, 7.4)) < 30 < max(_loudness(folder, 0.5, 1.1))


def test_a_call_with_a_secret_has_no_single_digit_of_it(tmp_path: Path) -> None:
    """Each key by itself is a bullet, in the order of the others."""
    call = play(config(tmp_path, [ASK, ANSWER], secret=True), [SPEAKS], 12, keys=typed(6.0, DIGITS))
    pressed = [it["frame"].digit for _, what, it in call.events if what == "Dtmf"]
    assert pressed == ["•"] * 9 and call.call.memory.secrets == {"id_number": DIGITS}


@pytest.mark.parametrize("secret", [False, True])
def test_a_replay_takes_the_keys_as_the_call_did(tmp_path: Path, secret: bool) -> None:
    """Of a secret it has bullets, and as many."""
    agent = config(tmp_path, [ASK, ANSWER], secret=secret)
    play(agent, [SPEAKS], 12, keys=typed(6.0, DIGITS), keep=tmp_path / "calls")
    assert replay(only(tmp_path / "calls"), agent).same


def tone(key: str, seconds: float = 0.1) -> bytes:
    """The sound of a digit's key."""
    place = "123456789".index(key)
    low, high = (697, 770, 852)[place // 3], (1209, 1336, 1477)[place % 3]
    waves = [
        math.sin(2 * math.pi * low * at / audio.RATE) + math.sin(2 * math.pi * high * at / audio.RATE)
        for at in range(round(seconds * audio.RATE))
    ]
    return b"".join(round(4000 * each).to_bytes(2, "little", signed=True) for each in waves)


def _texts(folder: Path) -> dict[str, str]:
    """The files of a record as text, unpacked."""
    read = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    plain = {name: gzip.decompress(it) if name.endswith(".gz") else it for name, it in read.items()}
    return {name: it.decode("utf-8", "replace") for name, it in plain.items()}


def _of(call: Played) -> dict[str, str]:
    """Everything that a call has told, logged and sent, and its memory as it is kept."""
    told = [kept(event) for _, event in call.told]
    return {
        "told": msgspec.json.encode(told).decode(),
        "log": "\n".join(call.log),
        "sent": msgspec.json.encode(call.sent).decode(),
        "memory": call.call.memory.encode().decode(),
        "history": repr(call.history()),
    }


def _loudness(folder: Path, since: float, until: float) -> list[float]:
    """The caller's recorded loudness in each 20 ms of a stretch."""
    caller = audio.decode(wav.read(folder / "audio.wav").caller)
    first, last = (2 * round(at * audio.RATE) for at in (since, until))
    return [audio.rms(caller[at : at + audio.FRAME_BYTES]) for at in range(first, last, audio.FRAME_BYTES)]
