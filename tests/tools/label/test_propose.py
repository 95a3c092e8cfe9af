"""`label`: the caller's turns, proposed from the sound."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.config import Config
from pipeline.faults import ConfigError
from pipeline.records.reader import Recording, folders
from pipeline.testing import play, voice
from pipeline.tools.label import labels
from pipeline.tools.label.loudness import caller, spans

CALLER = [(1.0, voice(0.9)), (2.3, voice(0.9, 350.0)), (7.0, voice(0.6, 400.0))]  # a pause for breath of 0.4 s
HASTY = {
    "end_of_utterance.min_silence": "0.3s",
    "end_of_utterance.short_by": "0s",
    "end_of_utterance.short_floor": "0.1s",
}


@pytest.fixture
def call(agent: Callable[..., Config], tmp_path: Path) -> Path:
    """The folder of a call whose caller was cut off after "I am looking for"."""
    config = agent(["I am looking for", "an apartment", "three rooms"], ["Gladly.", "How many rooms?"], HASTY)
    play(config, CALLER, 11.0, keep=tmp_path / "calls")
    (found,) = folders(tmp_path / "calls")
    return found


def kav(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    return int(ended.value.code or 0)


def test_labels_are_proposed_from_the_sound(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two turns that the agent took apart are one again, with their words, and the times are the caller's."""
    assert kav("label", call) == 0
    assert "labels.yaml: proposed turns: 2, in doubt: 0" in capsys.readouterr().out
    one, other = labels.load(call)
    assert (one.starts, one.ends) == (pytest.approx(1.0, abs=0.03), pytest.approx(3.2, abs=0.03))
    assert one.words == "I am looking for an apartment"
    assert (other.starts, other.ends) == (pytest.approx(7.0, abs=0.03), pytest.approx(7.6, abs=0.03))
    assert "# sure: " in (call / "labels.yaml").read_text()


def test_labels_that_somebody_corrected_stay(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there already is not overwritten."""
    (call / "labels.yaml").write_text("turns: []\n")
    assert kav("label", call) == 2
    assert "is there already" in capsys.readouterr().err
    assert labels.load(call) == ()


def test_the_lines_noise_is_no_sound() -> None:
    """A steady hiss of any strength is the line; a voice over it is found where it is, and a click is not."""
    chance = random.Random(1)
    hiss = [int(chance.gauss(0, 400)) for _ in range(8 * 8000)]
    speech = struct.unpack("<8000h", voice(1.0))
    for at, it in enumerate(speech):
        hiss[24000 + at] = max(-32768, min(32767, hiss[24000 + at] + it))
    hiss[56000:56160] = speech[:160]
    (found,) = spans(struct.pack(f"<{len(hiss)}h", *hiss))
    assert (found.starts, found.ends) == (pytest.approx(3.0, abs=0.03), pytest.approx(4.0, abs=0.03))


def test_the_callers_sound_is_what_the_vad_was_given(call: Path) -> None:
    """Frame for frame, by the stream's own clock."""
    recording = Recording.load(call)
    judged = "".join(it.content["frames"] for it in recording.events if it.what == "voiced")
    assert len(caller(recording)) == 320 * len(judged)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("turns:\n  - {starts: 1s, ends: 0.5s}", "labels.yaml:2:24: `ends` is not after `starts`, 1s"),
        ("turns:\n  - {starts: 1, ends: 2s}", "labels.yaml:2:14: `starts` wants a duration"),
        ("turns:\n  - {starts: 1s, ends: 3s}\n  - {starts: 2s, ends: 4s}", "begins before the one above it has ended"),
        ("- 1", "labels.yaml:1:1: `labels` wants keys and values"),
    ],
)
def test_wrong_labels_are_faults_with_their_places(tmp_path: Path, text: str, told: str) -> None:
    """As in a config."""
    (tmp_path / "labels.yaml").write_text(text)
    with pytest.raises(ConfigError) as wrong:
        labels.load(tmp_path)
    assert told in str(wrong.value)
