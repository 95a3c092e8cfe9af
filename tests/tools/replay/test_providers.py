"""The recorded echoes of a call are in its sound, whatever the agent says in the replay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.config import Config
from tests.kit.chain import chain
from tests.kit.echo import at_level, play_echoing, speech
from tests.kit.replays import again, only, turns

LONG = "We are open from nine to five on every day of the week but one, and on that one we are open from ten to two. "
ECHOING = chain(
    vad=("vad.energy", "echo_guard"),
    asr="asr.script: {say: [question, wait]}",
    llm=f'llm.script: {{say: ["{LONG}"]}}',
    tts="tts.espeak",
)


def test_an_echo_is_none_of_the_callers_in_a_replay(config: Callable[..., Config], tmp_path: Path) -> None:
    """The same call again is the same; one with other replies takes no turn from the echo of the first."""
    call = play_echoing(config(ECHOING), [(1.0, speech(1.2, 1, 3000))], 12, 0.2, at_level(-10), tmp_path / "calls")
    assert [what for _, what, _ in call.events].count("echo") >= 1
    recording = only(tmp_path / "calls")
    assert again(recording).same
    other = again(recording, **{"llm.say": ["No."]})
    assert len(turns(other.events)) == 1
