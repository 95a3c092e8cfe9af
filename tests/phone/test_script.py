from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import audio
from pipeline.faults import ConfigError
from pipeline.phone.script import (
    Answer,
    AskFor,
    HangUp,
    InterruptAfter,
    Say,
    Wav,
    load,
    prepare,
)
from pipeline.vocabulary import HandoverOutcome


def test_a_script_is_read_from_yaml(tmp_path: Path) -> None:
    """Every word of it, with paths relative to its file."""
    audio.write_wav(tmp_path / "rooms.wav", audio.tone(0.2))
    path = tmp_path / "script.yaml"
    path.write_text(
        "- wait: 0.5s\n- wav: rooms.wav\n- say: three rooms\n- wait_reply: 10s\n- wait_reply\n- wait_audio: 2s\n"
        "- wait_quiet: 1s\n"
        "- interrupt_after: {seconds: 0.8s, wav: rooms.wav}\n- dtmf: 5\n- dtmf: 012\n- transfer: no-answer\n- hang_up\n"
    )
    script: Any = load(path)
    wait, wav, say, reply, patient, sound, quiet, interruption, key, keys, transfer, end = script
    assert (wait.seconds, wav.path, say.text, reply.timeout) == (0.5, tmp_path / "rooms.wav", "three rooms", 10.0)
    assert (patient.timeout, sound.timeout, key.digits) == (30.0, 2.0, "5") and quiet.seconds == 1.0
    assert keys.digits == "012"
    assert interruption.seconds == 0.8 and interruption.speech.path == wav.path
    assert isinstance(end, HangUp) and str(end.at) == f"{path}:12:3"
    assert transfer.outcome is HandoverOutcome.NO_ANSWER


def test_a_script_has_the_answers_of_a_stand_in(tmp_path: Path) -> None:
    """Its words, and the tools that it asks for; neither is an action of the caller."""
    path = tmp_path / "script.yaml"
    find = "{use: find, with: {city: Haifa, rooms: 3, lift: true, tags: [a, '1']}}"
    path.write_text(f"- answer: [A moment., {find}, {{use: hang_up}}]\n- answer: {find}\n- answer: There are two.\n")
    both, one, words = load(path)
    used = ("find", {"city": "Haifa", "rooms": 3, "lift": True, "tags": ["a", "1"]})
    assert isinstance(both, AskFor) and (both.text, both.uses) == ("A moment.", (used, ("hang_up", {})))
    assert isinstance(one, AskFor) and (one.text, one.uses) == ("", (used,))
    assert isinstance(words, Answer) and not isinstance(words, AskFor) and words.text == "There are two."
    assert prepare([both, one, words]) == ()


FAULTS = {
    "- answer: {tool: find}\n": "1:11: an answer that asks for a tool is {use: its name",
    "- answer: {use: find, given: {}}\n": "1:11: an answer that asks for a tool is {use: its name",
    "- wait: 5\n": "1:9: `wait` wants a duration",
    "- wav: nowhere.wav\n": "1:8: `wav` wants a file",
    "- hangup\n": "1:3: is no step of a script",
    "- wait: 1s\n- wait\n": "2:3: is no step of a script",
    "- {wait: 1s, say: hello}\n": "1:14: a step does one thing",
    "- dtmf: 5-5\n": "1:9: `dtmf` wants keys, e.g. 5",
    "- transfer: sales\n": "1:13: `transfer` wants one of answered, busy, no-answer",
    "- interrupt_after: {seconds: 1s}\n": "`interrupt_after` needs one of `wav` and `say`",
    "wait: 1s\n": "1:1: a script is a list of steps",
    "pipeline: [pacer]\n": "this is a config: `python run.py call CONFIG` calls it",
    "tests: [{name: x}]\n": "this is a file of tests: `python run.py test` plays them",
    "[]\n": "script.yaml: is read as a caller's script, because its top is a list, and has no step of one",
    "- twilio_serializer\n- pacer: {lead: 1s}\n": "a config has `pipeline:` above its steps",
    "[1, 2]\n": "a step is one of wait, wav, say",
}


@pytest.mark.parametrize("text, message", FAULTS.items(), ids=FAULTS.values())
def test_a_fault_in_a_script_is_shown_where_it_is(tmp_path: Path, text: str, message: str) -> None:
    """File, line, column, and what is wrong."""
    path = tmp_path / "script.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as faults:
        load(path)
    assert message in str(faults.value)


def test_every_sound_is_ready_before_the_call(tmp_path: Path) -> None:
    """Files are read and words spoken; what cannot be is an error then, not later."""
    audio.write_wav(tmp_path / "a.wav", audio.tone(0.2))
    script = [Wav(tmp_path / "a.wav"), Say("hello"), InterruptAfter(1, Say("wait"))]
    said: Any = prepare(script, lambda words: words.encode())
    assert [said[0].words, said[1].words, said[1].pcm, said[2].speech.pcm] == ["a", "hello", b"hello", b"wait"]
    for unready in (Say("hello"), Wav(tmp_path / "b.wav"), Wav(tmp_path)):
        with pytest.raises(ConfigError):
            prepare([unready])
