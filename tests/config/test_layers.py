"""`extends`, `swap` and `set`: a deployment says only what differs; FAULTS A6."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from pipeline.config.yaml.tree import EMPTY
from tests.kit.configs import GOOD, Write, faults, step


def test_a_deployment_says_only_what_differs(write: Write) -> None:
    """Keys replace keys, `swap` a step, `set` a field; all else is the base's."""
    path = write(
        "extends: base.yaml\nlanguage: en-GB\nserver: {max_calls: 7}\n"
        "swap: {asr: {asr.script: {say: [swapped]}}, twilio_sink: twilio_sink}\n"
        "set:\n  vad.rms: 300\n  tts.tone.pitch: 400\n  dedup[2].window: 3s\n  record.audio: false\n",
        base=GOOD,
    )
    config = load(path)
    assert (config.language, config.server.max_calls, config.server.drain) == ("en-GB", 7, 600.0)
    assert step("asr.script", config).say == ["swapped"]
    assert (step("vad.energy", config).rms, step("tts.tone", config).pitch) == (300, 400)
    assert [each.settings.window for each in config.steps if each.word == "dedup"] == [14.0, 3.0]
    assert (config.record.folder, config.record.sound) == (str(Path.cwd() / "calls"), "none")


def test_what_is_replaced_may_lack_its_variables(write: Write) -> None:
    """A test that swaps the recogniser needs none of its keys."""
    base = GOOD.replace("[hello]", '["${UNSET}"]').replace("rms: ", 'rms: "${ALSO_UNSET}", x: ')
    assert len(faults(write(base))) == 3
    swap = {"asr": {"asr.script": {"say": ["hi"]}}, "vad": "vad.energy"}
    assert faults(write(base), swap=swap) == []
    assert faults(write(base), swap="{asr: {asr.script: {say: [hi]}}, vad: vad.energy}") == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"set": ["vad.rsm=3"]}, "--set vad.rsm=3:0:0 `vad.energy` has no setting `rsm` | did you mean `rms`?"),
        ({"set": ["vad.rms=loud"]}, "--set vad.rms=loud:0:0 `rms` wants a whole number, got `loud`"),
        ({"set": ["vda.rms=3"]}, "--set vda.rms=3:0:0 no step `vda` in the pipeline | did you mean `vad`?"),
        (
            {"set": ["dedup.window=3s"]},
            "--set dedup.window=3s:0:0 `dedup` stands 2 times in the pipeline | say `dedup[1]` or `dedup[2]`",
        ),
        (
            {"set": ["dedup[3].window=3s"]},
            "--set dedup[3].window=3s:0:0 `dedup` stands 2 times in the pipeline | say `dedup[1]` or `dedup[2]`",
        ),
        ({"set": ["asr.say=[a, 5]"]}, None),
        (
            {"set": ["pacer"]},
            "--set pacer:0:0 a change needs a value | e.g. vad.rms=260, or a.b= for a blank one",
        ),
        (
            {"set": ["pipeline=[x]"]},
            "--set pipeline=[x]:0:0 `pipeline` cannot be set, only a field or a key of its own can",
        ),
        (
            {"set": {"vad.rms": "3"}},
            "--set vad.rms=3:0:0 `rms` wants a whole number, got `3` | write it without quotes",
        ),
        ({"swap": {"lm": "pacer"}}, "swap:0:0 no step `lm` in the pipeline | did you mean `llm`?"),
        ({"swap": {"pacer": "pacr"}}, "swap:0:0 no processor `pacr` | did you mean `pacer`?"),
        ({"swap": "{pacer: pacr}"}, "swap:1:9 no processor `pacr` | did you mean `pacer`?"),
        ({"swap": "[pacer]"}, "swap:1:1 `swap` wants keys and values"),
        ({"swap": "{pacer: "}, "swap:1:7 a value is missing here | quote text that begins with a bracket or a comma"),
    ],
)
def test_a_change_that_does_not_fit_is_a_fault_of_its_own_place(
    write: Write, changes: dict[str, Any], expected: str | None
) -> None:
    """The command line and a test's swap are named like a file."""
    found = faults(write(GOOD), **changes)
    if expected is None:
        assert found[0].startswith("--set asr.say=[a, 5]:1:5 `say[2]` wants text")
    else:
        assert found == [expected]


def test_what_is_set_on_the_command_line_is_typed_as_in_a_file(write: Write) -> None:
    """Numbers, text, durations, lists, variables and top-level keys."""
    changes = ["vad.rms=300", "dedup[1].window=2s", "asr.say=['${SAY}', b]", "language=en-US", "record.folder="]
    config = load(write(GOOD), set=changes, env={"SAY": "a"})
    assert (step("vad.energy", config).rms, step("dedup", config).window) == (300, 2.0)
    assert (step("asr.script", config).say, config.language, config.record.folder) == (["a", "b"], "en-US", "")


def test_a_fault_of_the_base_names_the_base(write: Write) -> None:
    """With its own line, once, though the deployment is what was asked about."""
    write("extends: base.yaml\nset: {vad.rms: -1}\n", base=GOOD.replace("window: 14s", "window: 14"))
    assert faults(Path("x.yaml")) == [
        "base.yaml:8:21 `window` wants a duration, e.g. 300ms or 0.48s, got `14` | its unit is missing: 14s or 14ms",
        "x.yaml:2:16 `rms` wants 0 to 32767, got -1",
    ]


@pytest.mark.fault("A6")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("extends: none.yaml\n", "x.yaml:1:10 there is no `none.yaml`"),
        ("extends: rond.yaml\n", "x.yaml:1:10 there is no `rond.yaml` | did you mean `round.yaml`?"),
        ("extends: ../x.yaml\n", "x.yaml:1:10 `../x.yaml` lies outside the config's folder"),
        ("extends: /etc/passwd\n", "x.yaml:1:10 `/etc/passwd` lies outside the config's folder"),
        ("extends: x.yaml\n", "x.yaml:1:10 `x.yaml` extends itself, in a circle"),
        ("extends: round.yaml\n", "round.yaml:1:10 `x.yaml` extends itself, in a circle"),
        ("extends: [x]\n", "x.yaml:1:10 `extends` wants the path of a config"),
        ('extends: "a\\0b"\n', "x.yaml:1:10 `extends` wants the path of a config"),
        ("extends: empty.yaml\nswap: {asr: x.y}\n", f"empty.yaml:0:0 is empty | {EMPTY}"),
        (
            "[a]\n",
            "x.yaml:1:1 a config is keys and values, and the top of this file is a list"
            " | a list is a caller's script, for `python run.py call CONFIG --script x.yaml`",
        ),
        (
            "- pacer\n- twilio_sink: {}\n",
            "x.yaml:1:1 a config is keys and values, and the top of this file is a list"
            " | write `pipeline:` above its steps",
        ),
        (
            "words\n",
            "x.yaml:1:1 a config is keys and values, e.g. `pipeline:` and its steps | this file is one text alone",
        ),
        (
            "tests: []\n",
            "x.yaml:1:1 this is a file of tests, not a config"
            " | its name has to end in `.test.yaml`; `python run.py test` plays it",
        ),
        ("pipeline: {a: b}\n", "x.yaml:1:11 `pipeline` wants a list of steps"),
        ("pipeline: []\n", "x.yaml:1:1 the pipeline has no steps"),
        ("swap: x\n", None),
    ],
)
def test_a_base_that_cannot_be_used_is_one_fault(write: Write, text: str, expected: str | None) -> None:
    """No file outside the folder, no circle, and nothing that follows from a base that is broken."""
    found = faults(write(text, round="extends: x.yaml\n", empty=""))
    if expected is None:
        assert "x.yaml:1:7 `swap` wants keys and values" in found
    else:
        assert found == [expected]


@pytest.mark.fault("A6")
def test_a_link_out_of_the_folder_is_outside_of_it(write: Write, tmp_path: Path) -> None:
    """What counts is where a file really is."""
    (tmp_path / "in").mkdir()
    write(GOOD)
    Path("in/base.yaml").symlink_to(tmp_path / "x.yaml")
    Path("in/top.yaml").write_text("extends: base.yaml\n")
    assert faults(Path("in/top.yaml")) == ["in/top.yaml:1:10 `base.yaml` lies outside the config's folder"]
