"""A replay that asks the providers again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.phone.script import Answer, Say
from pipeline.records.reader import Recording
from pipeline.testing import play, voice
from pipeline.tools.replay import live
from tests.kit.replays import kav, only


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
