"""A line that sends nothing while its caller is quiet: the call goes on by the loop's time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline.config import Config, load
from pipeline.frames import AgentSpeaking, SpeechStopped
from pipeline.loop.virtual import VirtualLoop
from pipeline.records.reader import Recording, folders
from pipeline.testing import play, play_async, run_virtual, spoken, voice
from pipeline.tools.replay.player import replay

TALKS = spoken((1.0, voice(1.0)), (7.0, voice(0.8, 350)))


def sparing(at: float) -> bytes:
    """The caller of TALKS on a line without a message for silence."""
    sound = TALKS(at)
    return sound if sound.strip(b"\xff") else b""


class PassingTime(VirtualLoop):
    """A loop on which code takes time, and whose clock has steps of a millisecond, as a live one's."""

    def time(self) -> float:
        self._now += 0.00007
        return int(self._now * 1000) / 1000


@pytest.mark.fault("C18")
def test_a_turn_ends_and_is_answered_though_no_more_sound_comes(agent: Callable[..., Config]) -> None:
    """Within two seconds of the last word, each turn."""
    call = play(agent(["a flat", "in Haifa"], ["Gladly.", "Of course."]), sparing, 14.0)
    assert call.heard() == ["Gladly.", "Of course."]
    began = [at for at, it in call.frames(AgentSpeaking) if it.on]
    assert 3.2 < began[0] < 4.0 and 9.0 < began[1] < 9.8 and len(call.frames(SpeechStopped)) == 2


@pytest.mark.parametrize("loop", [VirtualLoop, PassingTime])
def test_its_record_is_replayed_as_the_same_call(
    agent: Callable[..., Config], tmp_path: Path, loop: type[VirtualLoop]
) -> None:
    """The silence is counted by the clock, which the replay has, too."""
    config = agent(["a flat", "in Haifa"], ["Gladly.", "Of course."])
    run_virtual(play_async(config, sparing, 14.0, keep=tmp_path), loop)
    recording = Recording.load(*folders(tmp_path))
    replayed = replay(recording, load(recording.config))
    assert replayed.same, replayed.astray
    if loop is VirtualLoop:
        kept = [(it.at, it.what, msgspec.json.encode(it.content, order="deterministic")) for it in recording.events]
        again = [(it.at, it.what, msgspec.json.encode(it.content, order="deterministic")) for it in replayed.events]
        assert again == kept
