"""The JSON Schema for editors: it accepts what `check` accepts, and refuses what a schema can tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.config import Config, load
from pipeline.config.loading import own
from pipeline.config.writing import variables
from pipeline.faults import ConfigError
from pipeline.tools.schema import schema
from pipeline.tools.show.settings import example, type_name
from tests.kit.chain import around

ROOT = Path(__file__).parents[3]
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if not path.stem.endswith(".test"))
SCHEMA = schema.schema()
BENCH = (ROOT / "configs/bench.yaml").read_text(encoding="utf-8")

HUM = """
from pipeline.frames import AudioOut
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings
from pipeline.catalog import Steps


class Hum(Processor):
    "Hums along."

    class Settings(StepSettings, frozen=True, kw_only=True):
        pitch: int = 1
        fallback: Steps = ()

    @on(AudioOut)
    def along(self, frame: AudioOut) -> None:
        self.push(frame)
"""

Load = Callable[..., Config]


def fits(data: Any) -> bool:
    return bool(Draft7Validator(SCHEMA).is_valid(data))


def test_it_is_a_schema() -> None:
    """Valid by the rules of draft 7, and by those of editors; every reference in it leads somewhere."""
    Draft7Validator.check_schema(SCHEMA)
    assert '"enum": []' not in json.dumps(SCHEMA)  # yaml-language-server refuses the whole schema for it
    for pointer in set(re.findall(r'"\$ref": "#(.*?)"', json.dumps(SCHEMA))):
        found = SCHEMA
        for part in filter(None, pointer.split("/")):
            found = found[part]


def test_the_committed_one_is_fresh() -> None:
    """configs/kav.schema.json is what `make docs` would write now."""
    assert json.loads(schema.FILE.read_text(encoding="utf-8")) == SCHEMA


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_shipped_configs_fit(path: Path) -> None:
    """And their first line tells an editor where the schema is."""
    text = path.read_text(encoding="utf-8")
    assert text.split("\n")[0] == schema.line(path.parent)
    assert not [error.message for error in Draft7Validator(SCHEMA).iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize("word", catalog.words())
def test_every_example_fits(word: str) -> None:
    """In the smallest chain around it."""
    assert fits(yaml.safe_load(around(word, example(word, catalog.find(word)))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("language:", "langauge:"),
        ("rms:", "rsm:"),
        ("vad.energy:", "vad.enrgy:"),
        ("- pacer:", "- pacr:"),
        ("rms: 210", "rms: loud"),
        ("rms: 210", 'rms: "210"'),
        ("rms: 210", "rms: 70000"),
        ("rms: 210", "rms: 210.5"),
        ("rms: 210", "rms: [210]"),
        ("rms: 210", "rms: "),
        ("window: 0s", "window: 0"),
        ("window: 0s", "window: 0 sec"),
        ("max_calls: 2000", "max_calls: 20000"),
        ("- intro_filter", "- intro_filter: [x]"),
        ("- intro_filter", "- intro_filter: {phrases: x}"),
        ("- twilio_sink", "- twilio_sink: {a: 1}"),
        ("asr.script:        {say: [", "asr.script:        {interim: ["),
        ('say: ["where are you and when are you open"]', "say: []"),
        ("language: en-US", "language: english please"),
        ("language: en-US", 'numbers: ["12"]'),
        ("language: en-US", "set: {vad.rsm: 3}"),
        ("language: en-US", "set: {vad.rms: loud}"),
        ("language: en-US", "set: {language: [he]}"),
        ("language: en-US", "swap: {asr.google.x: pacer}"),
        ("language: en-US", "swap: {asr: asr.scirpt}"),
        ("language: en-US", "drop: dedup"),
        ("language: en-US", "drop: [asr.scirpt]"),
        ("language: en-US", "insert: {after: asr.scirpt, steps: [dedup]}"),
        ("language: en-US", "insert: {after: asr, before: llm, steps: [dedup]}"),
        ("language: en-US", "insert: {after: asr, steps: []}"),
        ("language: en-US", "insert: [{after: asr, steps: [asr.scirpt]}]"),
        ("pipeline:", "steps:"),
        ("language: en-US", "tools: [{script: {aftr: 2s}}]"),
        ("language: en-US", "tools: [{script: {takes: {rooms: {least: 1}}}}]"),
        ("language: en-US", "tools: {script: {give: [1]}}"),
        ("language: en-US", "swap: {tools.find: {script: {aftr: 2s}}}"),
    ],
)
def test_mistakes_do_not_fit(old: str, new: str, config: Load) -> None:
    """What the schema refuses, `check` refuses, too."""
    text = BENCH.replace(old, new, 1)
    assert text != BENCH and not fits(yaml.safe_load(text))
    with pytest.raises(ConfigError):
        config(text)


@pytest.mark.parametrize(
    "text",
    [
        'extends: bench.yaml\ndrop: ["dedup[2]"]\ninsert: [{after: asr, steps: [greeting: {text: hi}]}]',
        "extends: kav:bench\ninsert: {before: llm.script, steps: [dedup, greeting: {text: hi}]}",
        'extends: bench.yaml\nswap: {asr: {asr.script: {say: [hi]}}, "dedup[2]": pacer}\nset: {"dedup[1].window": 1s}',
        "extends: bench.yaml\nset: {language: he-IL, server.max_calls: 3, llm.say: [hi], tts.tone.pitch: '${PITCH}'}",
        "plugins: [acme]\npipeline: [acme.greeter, {acme.asr.whisper: {size: 3}}]\nset: {greeter.text: hi}",
        "pipeline: [{tts.google: {fallback: [tts.espeak, {tts.tone: {pitch: 300}}, acme.tts.loud]}}]",
        "pipeline: [{vad.energy: {rms: '${RMS:-210}'}}, {pacer: }]",
        "plugins: [shout.py, asr/mine.py]\n"
        "pipeline: [shout, {shout: {mark: x}}, asr.mine, {asr.script: {say: [a], fallback: [asr.mine]}}]",
        "pipeline: [pacer]\ntools: [crm.py, shop/crm.py, acme.find, {crm.py: {only: [book]}}, {keys: {digits: 4}}]",
        "extends: base.yaml\nset: {tools.find_flats.timeout: 3s}\n"
        "swap: {tools.find_flats: {script: {give: [1], after: 2s}}, asr: {asr.script: {say: [x]}}}",
        "pipeline: [pacer]\ntools: [{script: {takes: {rooms: {type: number, from: 1, to: '${MOST}'}}}}]",
    ],
)
def test_what_a_deployment_may_say_fits(text: str) -> None:
    """Swaps, settings by address, plug-ins, fallbacks, variables in the place of numbers."""
    assert fits(yaml.safe_load(text))


def test_the_schema_of_a_config_knows_its_own_words(tmp_path: Path) -> None:
    """What it has in a file is held as the house's is, also before the config is whole; another word is a mistake."""
    (tmp_path / "hum.py").write_text(HUM, encoding="utf-8")
    (tmp_path / "my.yaml").write_text("plugins: [hum.py]\npipeline: [nonsense]\n", encoding="utf-8")
    known = Draft7Validator(schema.schema(own(tmp_path / "my.yaml")))
    plain = {"plugins": ["hum.py"], "set": {"hum.pitch": 4}}
    assert known.is_valid({**plain, "pipeline": ["hum", {"hum": {"pitch": 3, "fallback": ["hum"]}}]})
    for pipeline in (["hmu"], [{"hum": {"pitsch": 3}}], [{"hum": {"pitch": "high"}}]):
        assert fits({**plain, "pipeline": pipeline}) and not known.is_valid({**plain, "pipeline": pipeline})


def test_fallbacks_are_of_the_same_capability() -> None:
    """A voice cannot stand in for a recogniser."""
    assert not fits({"pipeline": [{"asr.google": {"fallback": ["tts.espeak"]}}]})


def test_an_editor_has_something_to_show() -> None:
    """Sentence, type, bounds and default of a setting; the sentence of a word."""
    rms = SCHEMA["definitions"]["vad.energy"]["properties"]["rms"]
    assert rms["default"] == 0 and "*whole number, 0 to 32767, default: 0*" in rms["markdownDescription"]
    assert rms["description"] in rms["markdownDescription"]
    assert SCHEMA["definitions"]["pacer"]["description"] == spec.doc(catalog.find("pacer"))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 100_000),
    st.floats(-2, 2000, allow_nan=False).map(lambda number: round(number, 3)),
    st.sampled_from(["", "text", "he-IL", "300ms", "1.5s", "-2s", "0 s", "2 min", "90", "true", "turn", "tts.tone"]),
    st.sampled_from(["${RMS:-5}", "${RMS}", "${BROKEN", "$${RMS}", "${WAIT:-2}s"]),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["a", "hear"]), SCALARS, max_size=2)
SETTABLE = [(word, field.name) for word in catalog.words() for field in spec.fields(catalog.find(word).Settings)]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SETTABLE), VALUES)
def test_what_check_accepts_fits(tmp_path: Path, setting: tuple[str, str], value: Any) -> None:
    """One setting of any step with any value: no editor underlines what `check` lets pass."""
    word, name = setting
    step = example(word, catalog.find(word))
    given = (yaml.safe_load(step) if ": " in step else {word: {}})[word] | {name: value}
    text = around(word, f"{word}: {json.dumps(given)}")
    path = tmp_path / "any.yaml"
    path.write_text(text, encoding="utf-8")
    told = ""
    try:
        load(path, env={"RMS": "7", **dict.fromkeys(variables(step), "x")})
    except ConfigError as error:
        told = str(error)
    fitting = fits(yaml.safe_load(text))
    assert fitting or told
    if fitting and " wants " in told:  # what only `check` can tell: a variable's value, a file, 1.0 for 1
        kind = type_name(next(each.type for each in spec.fields(catalog.find(word).Settings) if each.name == name))
        assert "${" in json.dumps(value) or kind in ("duration", "file") or isinstance(value, float)
