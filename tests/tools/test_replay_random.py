"""Calls that nobody wrote, recorded and replayed: the same config makes the same call of them."""

import shutil
from pathlib import Path

import msgspec
from hypothesis import Phase, given, settings

from pipeline.config import load
from pipeline.recorded import Event, Recording, folders
from pipeline.testing import play
from pipeline.tools.replay.play import replay
from tests.behaviour.test_random_calls import calls, quickly, track


def lines(events: list[Event]) -> list[bytes]:
    """The events as they stand in a record, but for their numbers, which count the messages, too."""
    return [msgspec.json.encode((it.at, it.what, it.content), order="deterministic") for it in events]


@settings(quickly, max_examples=25, phases=[Phase.explicit, Phase.generate], derandomize=True)
@given(calls)
def test_an_unchanged_config_makes_the_same_call(agent, tmp_path_factory, call):
    """Every event, byte for byte and to the moment, whatever was said and however slow everything was.

    The calls are the same each time: now and then two providers answer at the very same moment of virtual time, and a
    replay may then take them in the other order (docs/decisions.md).
    """
    folder: Path = tmp_path_factory.mktemp("calls")
    parts, seconds, late = track(call["sounds"], call["stalls"])
    config = agent(call["heard"], call["said"], call["changes"])
    play(config, parts, seconds, keep=folder, late=late, lost=call["lost"])
    (found,) = folders(folder)
    recording = Recording.load(found)
    replayed = replay(recording, load(recording.config))
    assert replayed.same, replayed.astray
    assert not replayed.guesses
    assert lines(replayed.events) == lines(recording.events)
    assert [(it.at, it.data) for it in replayed.sent] == [(it.at, it.data) for it in recording.sent]
    shutil.rmtree(folder)
