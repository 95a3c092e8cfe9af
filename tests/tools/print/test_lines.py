"""`print` shows what a config is in the end, and its print is a config that means the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.faults import ConfigError
from pipeline.tools.print.lines import print_config
from tests.kit.configs import GOOD, Write, with_thing

SHIPPED = Path(__file__).parents[3] / "configs"
CONFIGS = sorted(path for path in SHIPPED.glob("*.yaml") if not path.stem.endswith(".test"))
SETS = (
    "vad.rms=260",
    "dedup[2].window=3s",
    "asr.say=[a, 'b: c', \"${VAD_RMS:-d}\", '7']",
    "language=en-GB",
    "record.audio=false",
    "server.max_calls=3",
    "tts.pitch=${PITCH:-200}",
    "name=other",
    "numbers=['+15551234568', 'client:x']",
    "llm.say=[שלום]",
)
SWAPS = (None, "{tts: {tts.espeak: {fallback: [tts.tone: {pitch: 200}]}}}", "{vad: vad.energy, 'dedup[1]': dedup}")


def printed(capsys: pytest.CaptureFixture[str], *args: Any, **how: Any) -> str:
    """What is printed for a config."""
    assert print_config(*args, **how) == 0
    return capsys.readouterr().out


def test_inserted_and_dropped_steps_say_so(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Each at its place: a dropped one is a comment, so that the print means the same as the config."""
    text = "extends: base.yaml\ninsert: {after: asr, steps: [greeting: {text: hi}]}\ndrop: ['dedup[2]']\n"
    path = write(text, base=GOOD)
    shown = printed(capsys, path, env={})
    lines = [" | ".join(part.rstrip() for part in line.split("  # ")) for line in shown.splitlines()]
    at = lines.index("  - asr.script: | base.yaml:9")
    assert lines[at + 2] == "  - greeting: | x.yaml:2, inserted after asr.script"
    assert " | ".join(lines[at + 4].split(" | ")[-2:]) == " | - dedup | x.yaml:3, dropped"[3:]
    Path("printed.yaml").write_text(shown)
    assert load("printed.yaml", env={}).hash == load(path, env={}).hash
    printed(capsys, path, as_json=True, env={})


def test_each_value_says_where_it_came_from(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The golden text: files, changes, the environment and its defaults."""
    write("extends: base.yaml\nset: {vad.rms: 300}\nserver: {drain: 1min}\n", base=GOOD)
    swap = "{asr: {asr.script: {say: [hi]}}}"
    text = printed(capsys, "x.yaml", ["dedup[1].window=2s"], swap, env={"HANGOVER_MS": "9"})
    assert [" | ".join(part.rstrip() for part in line.split("  # ")) for line in text.splitlines()] == [
        "language: he-IL | base.yaml:2",
        'numbers: ["${NUMBER:-+15551234567}"] | base.yaml:3, NUMBER at its default',
        "server:",
        "  drain: 1min | x.yaml:3",
        "record:",
        "  folder: calls | base.yaml:18",
        "log_words: false | base.yaml:19",
        "pipeline:",
        "  - twilio_serializer | base.yaml:5",
        "  - vad.energy: | base.yaml:6",
        "      rms: 300 | x.yaml:2",
        "  - end_of_utterance: | base.yaml:7",
        '      min_silence: "${MIN_UTT_SEC:-0.48}s" | base.yaml:7, MIN_UTT_SEC at its default',
        '      hangover: "${HANGOVER_MS:-140}ms" | base.yaml:7, HANGOVER_MS from the environment',
        "  - dedup: | base.yaml:8",
        "      window: 2s | --set",
        "  - asr.script: | --swap",
        "      say: [hi] | --swap",
        "  - dedup | base.yaml:10",
        "  - llm.script: | base.yaml:11",
        "      say: [hi there] | base.yaml:12",
        "  - tts.tone: | base.yaml:13",
        "      pitch: 300 | base.yaml:13",
        "  - pacer | base.yaml:14",
        "  - twilio_sink | base.yaml:15",
    ]


def test_what_is_left_alone_is_shown_if_asked_for(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Of steps, of the top level and of its groups; as JSON with the path that `--set` takes."""
    write(GOOD)
    text = printed(capsys, "x.yaml", defaults=True, env={})
    assert "      lead: 200ms" in text and "  max_call: 30min" in text and "plugins: []" in text
    assert all(line.endswith("# default") for line in text.splitlines() if "lead:" in line)
    rows = json.loads(printed(capsys, "x.yaml", defaults=True, as_json=True, env={}))
    assert {"path": "dedup[2].window", "value": "14s", "origin": "default"} in rows
    assert {"path": "tts.tone.pitch", "value": "300", "origin": "x.yaml:13"} in rows


def test_a_secret_is_never_printed(thing: None, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Written in the file, on the command line or in data of no type; a variable that has one stays as it is."""
    path = write(with_thing("{key: sk-12345678, data: {api_key: sk-abcdefgh}}"))
    for how in ({}, {"as_json": True}):
        assert "sk-" not in printed(capsys, path, **how)
        assert "sk-" not in printed(capsys, path, ["thing.key=sk-87654321"], **how)
    assert 'key: "${KEY}"' in printed(capsys, write(with_thing('key: "${KEY}"')), env={"KEY": "sk-12345678"})


def test_a_file_is_named_from_the_folder_of_the_config(
    thing: None, write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """So that the print can be saved beside it, wherever what it extends stands."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/hello.txt").write_text("hello")
    (tmp_path / "sub/base.yaml").write_text(with_thing("file: hello.txt"))
    path = write("extends: sub/base.yaml\n")
    Path("y.yaml").write_text(printed(capsys, path))
    assert load("y.yaml").hash == load(path).hash
    assert "sub/hello.txt" in Path("y.yaml").read_text()


def test_a_config_that_is_not_clean_is_not_printed(write: Write) -> None:
    """Its faults are."""
    with pytest.raises(ConfigError):
        print_config(write(GOOD.replace("14s", "14")))


FLATS = '''
def book(flat: str) -> str:
    """Books."""
    return flat

async def look() -> int:
    """Looks."""
    return 1
'''


@pytest.mark.parametrize("defaults", [False, True])
@pytest.mark.parametrize("swap", ["", "swap: {tools.book: {script: {give: [1]}}}\n"])
def test_tools_are_printed(write: Write, capsys: pytest.CaptureFixture[str], defaults: bool, swap: str) -> None:
    """After the steps, with their places; the print means the same, stand-ins of a file's functions included."""
    Path("flats.py").write_text(FLATS)
    tools = "tools: [flats.py, {script: {name: find, about: Finds., takes: {rooms: {from: 1}}, give: [1]}}]\n"
    path = write(GOOD + tools + swap)
    text = printed(capsys, path, defaults=defaults, env={})
    assert re.search(r"^ +file: flats.py +# x\.yaml:20$", text, re.MULTILINE)
    Path("copy.yaml").write_text(text, encoding="utf-8")
    assert load("copy.yaml", env={}).hash == load(path, env={}).hash


@pytest.mark.parametrize("name", [path.name for path in CONFIGS])
@pytest.mark.parametrize("defaults", [False, True])
def test_the_print_of_what_ships_means_the_same(
    name: str, defaults: bool, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With its defaults written out, too."""
    env = {"OPENAI_API_KEY": "of-a-test", "LLM_MODEL": "m"}
    for folder in ("demo", "prompts"):
        (tmp_path / folder).symlink_to(CONFIGS[0].parent / folder)
    for each in CONFIGS:  # one may extend another
        (tmp_path / each.name).write_bytes(each.read_bytes())
    original = tmp_path / name
    copy = tmp_path / "copy.yaml"
    copy.write_text(printed(capsys, original, defaults=defaults, env=env), encoding="utf-8")
    assert load(copy, env=env).hash == load(original, env=env).hash


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(st.sampled_from(SETS), unique=True),
    st.sampled_from(SWAPS),
    st.sampled_from(["", "extends: base.yaml\nserver: {max_calls: 4}\nset: {pacer.lead: 100ms}\n"]),
    st.booleans(),
    st.dictionaries(st.sampled_from(["VAD_RMS", "PITCH", "HANGOVER_MS"]), st.just("210")),
)
def test_any_print_means_the_same(
    write: Write,
    capsys: pytest.CaptureFixture[str],
    sets: list[str],
    swap: str | None,
    text: str,
    defaults: bool,
    env: dict[str, str],
) -> None:
    """Whatever it extends, swaps and sets, in whatever environment."""
    path = write(text or GOOD, base=GOOD)
    sets = [each for each in sets if not (swap and "espeak" in swap and each.startswith("tts"))]
    copy = Path("copy.yaml")
    copy.write_text(printed(capsys, path, sets, swap, defaults, env=env), encoding="utf-8")
    assert load(copy, env=env).hash == load(path, set=sets, swap=swap, env=env).hash
