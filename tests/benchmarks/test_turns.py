"""The turn-taking battery on a set of tones, from the command line to the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.turns.__main__ import main
from benchmarks.turns.playing import Order, played
from benchmarks.turns.table import Report, as_text
from tests.kit.turn_sets import CONFIG, quiet, tiny, tone, written


def ready(folder: Path) -> list[str]:
    """Return the arguments that name a tiny set and a config for it."""
    config = folder / "agent.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    return [str(tiny(folder / "set")), "--config", str(config), "--processes", "1"]


def measured(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the battery's JSON."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_sounds_over_the_agent_is_told_by_what_the_caller_hears(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interruption stops the agent at once, a nod that was not understood pauses it, a click does neither."""
    names = ["nods-he", "interruption", "one-word", "no", "click", "echo-20", "echo-10"]
    rows = measured([*ready(tmp_path), "--scene", *names], capsys)["rows"]
    assert rows["nods-he"]["given_up"] == 50.0  # with its word it is answered, without it the reply goes on
    # Silent from when its last sound is played to `release` after the nod's 0.36 s.
    assert rows["nods-he"]["whole"] == 1 and 0.2 < rows["nods-he"]["pause_p50"] < 0.36
    assert all(rows[name]["stopped"] == 100.0 for name in ("interruption", "one-word", "no"))
    assert 0.2 <= rows["interruption"]["silent_p95"] <= 0.28  # the pause, and the sound under way, which is heard
    assert 0.5 <= rows["one-word"]["silent_p95"] == rows["no"]["silent_p95"] <= 0.7  # too short but for its word
    assert rows["click"]["stopped"] == 0.0 and rows["click"]["whole"] == rows["click"]["n"] == 8
    assert rows["echo-10"]["stops_a_minute"] > 10  # there is no echo_guard


def test_an_agent_without_pauses_is_stopped_by_loudness_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no speech held, and a threshold that stands, it is silent at the third voiced frame of any sound above."""
    arguments = [*ready(tmp_path), "--set", "end_of_utterance.confirm=0s", "--set", "vad.energy.rms=210"]
    names = ["interruption", "one-word", "no", "click", "echo-20", "echo-10"]
    rows = measured([*arguments, "--scene", *names], capsys)["rows"]
    for name in ("interruption", "one-word", "no"):
        assert rows[name]["stopped"] == 100.0 and 0.04 <= rows[name]["silent_p95"] <= 0.12
    assert rows["click"]["stopped"] == 0.0 and rows["click"]["whole"] == rows["click"]["n"] == 8
    assert rows["echo-10"]["stops_a_minute"] > 10 and rows["echo-10"]["stopped"] == 100.0
    assert rows["echo-20"]["stopped"] == 0.0  # quieter than the threshold


def test_an_agent_that_cannot_be_interrupted_keeps_every_reply(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With barge-in off no nod, echo or interruption stops a reply, and all of it is heard."""
    arguments = [*ready(tmp_path), "--set", "end_of_utterance.barge_in=false"]
    rows = measured([*arguments, "--scene", "nods-he", "interruption", "echo-10"], capsys)["rows"]
    assert rows["nods-he"]["stopped"] == rows["echo-10"]["stopped"] == rows["interruption"]["stopped"] == 0.0
    assert rows["nods-he"]["whole"] == 2 and rows["nods-he"]["pause_p95"] == 0.0
    assert rows["echo-10"]["whole"] == rows["echo-10"]["n"] and rows["echo-10"]["stops_a_minute"] == 0.0


def test_ends_of_turns_are_told_by_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The agent talks into the sentence with a pause of 1.5 s alone; a longer patience spares it, and is later."""
    arguments = [*ready(tmp_path), "--scene", "turns", "decisions"]
    rows = measured(arguments, capsys)["rows"]
    languages = rows["turns"]["languages"]
    assert languages["fr"]["talk_ins"] == 100.0 and languages["en"]["talk_ins"] == 0.0
    assert 0.5 < rows["turns"]["audible_p50"] < 1.5 and rows["turns"]["never"] == 0.0
    assert rows["decisions"]["pauses"] == 3 and rows["decisions"]["pauses_cut"] == pytest.approx(33.3)
    patient = measured([*arguments, "--set", "end_of_utterance.min_silence=1.8s"], capsys)["rows"]
    assert patient["turns"]["talk_ins"] == patient["decisions"]["pauses_cut"] == 0.0
    assert patient["decisions"]["delay_mean"] == pytest.approx(rows["decisions"]["delay_mean"] + 1.32, abs=0.15)


def test_short_answers_and_callers_who_are_not_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By default a short word and a caller at -50 dBFS are heard; one under the threshold never is."""
    arguments = [*ready(tmp_path), "--scene", "answers-he", "answers-en-soon", "quiet-50"]
    rows = measured(arguments, capsys)["rows"]
    assert rows["answers-he"]["lost"] == rows["answers-en-soon"]["lost"] == 0.0
    assert rows["quiet-50"]["never"] == 0.0  # the threshold follows the noise
    deaf = measured([*ready(tmp_path), "--scene", "quiet-50", "--set", "vad.energy.rms=210"], capsys)["rows"]
    assert deaf["quiet-50"]["never"] == 100.0
    slow = measured([*arguments, "--set", "end_of_utterance.start_frames=40"], capsys)["rows"]
    assert slow["answers-he"]["lost"] == slow["answers-en-soon"]["lost"] == 100.0


def test_the_curve_of_decisions_is_swept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More patience cuts fewer pauses; the delay at which 10 per cent are cut lies between two measured ones."""
    found = measured([*ready(tmp_path), "--scene", "sweep"], capsys)["rows"]["curve"]
    delays, cuts = zip(*found["points"], strict=True)
    assert list(delays) == sorted(delays) and list(cuts) == sorted(cuts, reverse=True) and cuts[-1] == 0.0
    assert 0 <= found["cut_at_480ms"] <= 100 and delays[0] < found["delay_at_10"] < delays[-1]


def test_the_same_run_prints_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice the same text, byte for byte."""
    arguments = [*ready(tmp_path), "--scene", "nods-en", "double-talk", "turns"]
    texts = []
    for _ in range(2):
        assert main(arguments) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and "nods, from meetings" in texts[0]


def test_figures_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    """One process and two give the same figures of each scene, in the same order."""
    folder, _, config, *_ = ready(tmp_path)
    order = Order(folder, config, ("nods-he", "answers-he"))
    assert played(order, 1) == played(order, 2)


def test_a_set_without_some_kinds_is_played_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows whose clips are missing are left out and named with the reason; a config without a step, too."""
    arguments = ready(tmp_path)
    for kind in ("agent", "words"):
        for end in ("json", "ulaw"):
            (tmp_path / "set" / f"{kind}.{end}").unlink()
    names = ["nods-he", "noise", "turns", "answers-en", "keys-silent"]
    report = measured([*arguments, "--scene", *names], capsys)
    assert set(report["rows"]) == {"turns", "keys-silent"}
    assert report["left_out"] == {
        "nods-he": "the set has no agent.json and no words.json",
        "noise": "the set has no agent.json and no noise.json",
        "answers-en": "the set has no words.json",
    }
    assert report["rows"]["turns"]["never"] == 0.0  # spoken by a tone
    assert main([*arguments, "--scene", "noise", "keys-silent"]) == 0
    assert "left out:\n  noise: the set has no agent.json and no noise.json" in capsys.readouterr().out


def test_a_peer_that_cannot_be_had_is_told() -> None:
    """The reason stands in the text, in the place of the peer's table."""
    about = {"config": "a.yaml", "changes": [], "vad": "vad.energy", "clips": {"turns": 1}, "all": False}
    text = as_text(Report(about, {}, {}, {"pipecat": {"missing": "no such package"}}))
    assert "pipecat: left out: no such package" in text


def test_a_scene_of_another_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Used wrongly: exit code 2, and a line that says where the names are."""
    assert main([*ready(tmp_path), "--scene", "nodds"]) == 2
    assert "`nodds` is no scene" in capsys.readouterr().err


def test_a_config_that_cannot_be_played_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of the config has its place and exit code 1; one without a recogniser is used wrongly, 2."""
    arguments = ready(tmp_path)
    (tmp_path / "agent.yaml").write_text(CONFIG.replace("vad.energy", "vad.energie"), encoding="utf-8")
    assert main(arguments) == 1
    assert "agent.yaml:4:" in capsys.readouterr().err
    lines = [line for line in CONFIG.splitlines() if "asr" not in line and "llm" not in line]
    (tmp_path / "agent.yaml").write_text("\n".join(lines[:-4] + lines[-1:]), encoding="utf-8")
    assert main(arguments) in (1, 2)


def test_the_agent_that_is_not_there_and_a_lone_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A set of words alone asks its questions with them."""
    config = tmp_path / "agent.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    clips = [(tone(0.5, 500.0 + 40 * at) + quiet(0.1), {"word": word}) for at, word in enumerate(("one", "two"))]
    folder = written(tmp_path / "words", words=clips)
    arguments = [str(folder), "--config", str(config), "--processes", "1"]
    report = measured(arguments, capsys)
    assert report["rows"]["answers-en"] == {"n": 2, "lost": 0.0}
    assert "turns" in report["left_out"] and "answers-he" in report["left_out"]
