"""A config is checked whole: every fault at once, each at its place, none that only follows from another."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.faults import ConfigError, UsageError
from pipeline.tools.checking import check

GOOD = """\
name: demo
language: he-IL
numbers: ["${NUMBER:-+15551234567}"]
pipeline:
  - twilio_serializer
  - vad.energy: {rms: "${VAD_RMS:-210}"}
  - end_of_utterance: {min_silence: "${MIN_UTT_SEC:-0.48}s", hangover: "${HANGOVER_MS:-140}ms"}
  - dedup: {window: 14s}
  - asr.script: {say: [hello]}
  - dedup
  - llm.script:
      say: [hi there]
  - tts.tone: {pitch: 300}
  - pacer
  - twilio_sink
server: {max_calls: 5, drain: 10min}
record:
  folder: calls
log_words: false
"""

PLUGIN = '''
from typing import Annotated, Any, Literal
import msgspec
from msgspec import Meta
from pipeline.frames import AudioIn, AudioOut
from pipeline.processor import Processor, StepSettings, on
from pipeline.spec import Duration, FilePath, Secret, Steps

class Part(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    weight: float = 1.0

class Thing(Processor):
    """Does it."""
    gives = (AudioOut,)
    class Settings(StepSettings, frozen=True, kw_only=True):
        whole: Annotated[int, Meta(ge=1, le=9)] = 1
        part: Annotated[float, Meta(gt=0, lt=1)] = 0.5
        flag: bool = False
        text: Annotated[str, Meta(max_length=9)] = "x"
        wait: Annotated[Duration, Meta(ge=0.1, le=2)] = 1.0
        mode: Literal["fast", "slow"] = "fast"
        key: Secret | None = None
        file: FilePath | None = None
        names: list[str] = []
        parts: list[Part] = []
        table: dict[str, int] = {}
        either: int | Literal["auto"] = "auto"
        pair: tuple[int, int] = (1, 2)
        data: Any = None
        spare: Steps = ()
        odd: bytes = b""

        def faults(self):
            return [("whole", "is unlucky")] if self.whole == 7 else []

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        """Hear."""
'''

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into a folder that is the current one; gives the first one's path."""
    monkeypatch.chdir(tmp_path)

    def files(text: str, **others: str) -> Path:
        for name, content in {"x": text, **others}.items():
            Path(f"{name}.yaml").write_text(content, encoding="utf-8")
        return Path("x.yaml")

    return files


@pytest.fixture(scope="session")
def thing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The plug-in `gizmo.thing`, with a setting of each kind."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "gizmo").mkdir()
    (folder / "gizmo/thing.py").write_text(PLUGIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


def faults(path: Path, **changes: Any) -> list[str]:
    """Every fault of a config, as file:line:column, text and hint."""
    try:
        load(path, **{"env": {}, **changes})
    except ConfigError as error:
        found = [fault for fault in error.faults if fault.severity == "error"]
        return [f"{f.file}:{f.line}:{f.column} {f.text}" + (f" | {f.hint}" if f.hint else "") for f in found]
    return []


def step(name: str, config: Any) -> Any:
    """The settings of the first step with this word."""
    return next(each.settings for each in config.steps if each.word == name)


def with_thing(setting: str) -> str:
    """A config in which the plug-in has one setting."""
    return (
        "plugins: [gizmo]\npipeline:\n  - twilio_serializer\n  - gizmo.thing:\n"
        f"      {setting}\n  - pacer\n  - twilio_sink\n"
    )


def test_a_good_config_is_read_whole(write: Write) -> None:
    """Every value arrives as the type that its field declares, defaults included."""
    config = load(write(GOOD), env={"VAD_RMS": "260"})
    assert (config.name, config.language, config.numbers, config.log_words) == (
        "demo",
        "he-IL",
        ("+15551234567",),
        False,
    )
    assert (config.server.max_calls, config.server.drain, config.server.max_call) == (5, 600.0, 1800.0)
    assert (config.record.folder, config.record.audio, config.record.max_minutes) == ("calls", True, 30)
    assert step("vad.energy", config).rms == 260
    assert (step("end_of_utterance", config).min_silence, step("end_of_utterance", config).hangover) == (0.48, 0.14)
    assert [(each.word, each.file, each.line, each.column) for each in config.steps][:2] == [
        ("twilio_serializer", "x.yaml", 5, 5),
        ("vad.energy", "x.yaml", 6, 5),
    ]
    assert config.steps[0].where == "x.yaml:5"


def test_a_config_is_named_by_its_file_unless_it_has_a_name(write: Write) -> None:
    """The file's name, without its ending; an extended config's name is not inherited."""
    assert load(write(GOOD.replace("name: demo\n", ""))).name == "x"
    write("extends: base.yaml\n", base=GOOD)
    assert load("x.yaml").name == "x"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("whole: 0", "14 `whole` wants 1 to 9, got 0"),
        ("whole: 1.5", "14 `whole` wants a whole number, got `1.5`"),
        ('whole: "5"', "14 `whole` wants a whole number, got `5` | write it without quotes"),
        ("whole: five", "14 `whole` wants a whole number, got `five`"),
        ("whole: [1]", "14 `whole` wants one value, got a list"),
        ("whole:", "13 `whole` wants a value, and has none"),
        ("whole: 7", "14 `whole` is unlucky"),
        ("part: 1", "13 `part` wants more than 0 and less than 1, got 1"),
        ("part: .nan", "13 `part` wants a number, got `.nan`"),
        ("flag: on", "13 `flag` wants true or false, got `on` | did you mean `true`, without quotes?"),
        ("flag: NO", "13 `flag` wants true or false, got `NO` | did you mean `false`, without quotes?"),
        ("flag: 1", "13 `flag` wants true or false, got `1` | did you mean `true`, without quotes?"),
        ("text: 012", '13 `text` wants text, got `012` | as it is, this means a number; quote it: "012"'),
        ("text: true", '13 `text` wants text, got `true` | as it is, this means true or false; quote it: "true"'),
        ("text: much too long", "13 `text` wants at most 9 characters, got 13"),
        ("wait: 0.48", "13 `wait` wants a duration, e.g. 300ms or 0.48s, got `0.48`"),
        ("wait: 3s", "13 `wait` wants 100ms to 2s, got 3s"),
        ("wait: -1s", "13 `wait` wants 0s or more, got -1s"),
        ("mode: fats", "13 `mode` wants one of fast, slow, got `fats` | did you mean `fast`?"),
        ("file: none.txt", "13 `file` wants a file, and `none.txt` is not there"),
        ('file: "a\\0b"', "13 `file` wants a file, and `a\0b` is not there"),
        ("names: x", "14 `names` wants a list, got `x`"),
        ("names: [a, 1]", '18 `names[2]` wants text, got `1` | as it is, this means a number; quote it: "1"'),
        ("parts: [{txt: a}]", "16 `parts[1]` has no setting `txt` | did you mean `text`?"),
        ("parts: [{weight: 2}]", "15 `parts[1]` needs `text`"),
        ("parts: [x]", "15 `parts[1]` wants keys and values, got `x`"),
        ("table: {a: x}", "18 `table.a` wants a whole number, got `x`"),
        ("table: [a]", "14 `table` wants keys and values, got a list"),
        ("either: manual", "15 `either` wants something else, got `manual`"),
        ("pair: [1]", "13 `pair` wants 2 in its list, got 1"),
        ("odd: x", "12 `odd` wants a bytes, which no config can write, got `x`"),
        ("wohle: 1", "7 `gizmo.thing` has no setting `wohle` | did you mean `whole`?"),
        ("spare: [pacer]", "15 `pacer` is no `thing`, like the step that this belongs to"),
        ("spare: [gizmo.thing: {whole: 0}]", "36 `whole` wants 1 to 9, got 0"),
        ("spare: [{}]", "15 a step is a word, or a word with its settings | e.g. `vad.energy: {rms: 210}`"),
        ("key: [x]", "12 `key` wants one value, got a list"),
        ("key: 123", "12 `key` wants text | quote it"),
        ("text: ${X", "13 `${` begins no variable here | write ${NAME}, ${NAME:-text}, or $${ for a plain ${"),
    ],
)
def test_a_value_that_does_not_fit_says_what_would(thing: None, write: Write, setting: str, expected: str) -> None:
    """Each kind of setting refuses what it cannot be, at the value, with what was wanted and got."""
    assert faults(write(with_thing(setting))) == [f"x.yaml:5:{expected}"]


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("whole: 012", "whole", None),  # 12 is out of range: not 10, as YAML 1.1 would have it
        ("whole: 0x9", "whole", 9),
        ("flag: TRUE", "flag", True),
        ("text: NO", "text", "NO"),
        ("text: 12:30", "text", "12:30"),
        ('text: "12"', "text", "12"),
        ("text: $${x}", "text", "${x}"),
        ("text: a${E:-}b", "text", "ab"),
        ("text: ${A:-1}${B:-2}", "text", "12"),
        ("wait: 300ms", "wait", 0.3),
        ('key: "${E:-}"', "key", None),
        ("key: null", "key", None),
        ("parts: [{text: a, weight: 2}]", "parts", "[Part(text='a', weight=2.0)]"),
        ("table: {a: 1}", "table", {"a": 1}),
        ("either: auto", "either", "auto"),
        ("either: 3", "either", 3),
        ("pair: [3, 4]", "pair", (3, 4)),
        ("data: {a: [1, b, true, null]}", "data", {"a": [1, "b", True, None]}),
    ],
)
def test_a_value_that_fits_is_what_it_looks_like(
    thing: None, write: Write, setting: str, name: str, value: object
) -> None:
    """YAML 1.2's scalars, variables, nested lists and tables all arrive as declared."""
    path = write(with_thing(setting))
    if value is None and name == "whole":
        assert faults(path) == ["x.yaml:5:14 `whole` wants 1 to 9, got 12"]
        return
    found = getattr(step("gizmo.thing", load(path, env={})), name)
    assert found == value or str(found) == value


def test_a_file_is_found_beside_the_config_that_names_it(thing: None, write: Write, tmp_path: Path) -> None:
    """Not beside the config that extends it, and not where the program runs."""
    write(GOOD)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/hello.txt").write_text("hello")
    (tmp_path / "sub/base.yaml").write_text(with_thing("file: hello.txt"))
    Path("x.yaml").write_text("extends: sub/base.yaml\n")
    assert step("gizmo.thing", load("x.yaml")).file == tmp_path / "sub/hello.txt"


def test_a_plugin_needs_leave(thing: None, write: Write) -> None:
    """A package that `plugins` does not name is not imported."""
    text = with_thing("whole: 1").replace("plugins: [gizmo]\n", "")
    assert faults(write(text)) == [
        "x.yaml:3:5 no processor `gizmo.thing` | one of your own? list its package: `plugins: [gizmo]`"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("language: he-IL", "language: he_IL", ["2:11 `language` wants a BCP 47 tag such as he-IL, got `he_IL`"]),
        ("language:", "langauge:", ["2:1 a config has no setting `langauge` | did you mean `language`?"]),
        (
            '["${NUMBER:-+15551234567}"]',
            "[555]",
            ['3:11 `numbers[1]` wants text, got `555` | as it is, this means a number; quote it: "555"'],
        ),
        ("max_calls: 5", "max_calls: 0", ["16:21 `max_calls` wants 1 to 10000, got 0"]),
        ("max_calls: 5", "twiml_play_greeting: true", ["16:31 `twiml_play_greeting` needs `greeting_file`"]),
        (
            "pipeline:",
            "pipelin:",
            [
                "0:0 the pipeline has no steps | write `pipeline:`",
                "4:1 a config has no setting `pipelin` | did you mean `pipeline`?",
            ],
        ),
        ("  - pacer", "  - pacr", ["14:5 no processor `pacr` | did you mean `pacer`?"]),
        ("  - pacer", "  - pacer: fast", ["14:12 the settings of `pacer` are keys and values | e.g. `{rms: 210}`"]),
        (
            "  - pacer",
            "  - pacer:\n    lead: 1s",
            ["15:5 `lead` stands beside `pacer`, not in it | indent a step's settings further than its word"],
        ),
        (
            "      say: [hi there]",
            "      delay: 1s",
            ["11:5 `llm.script` needs `say` | The replies, one an utterance, over and over."],
        ),
        ("      say: [hi there]", "      sya: [hi]", ["12:7 `llm.script` has no setting `sya` | did you mean `say`?"]),
        ("{window: 14s}", "{window: 14s, window: 15s}", ["8:26 `window` stands twice, first on line 8"]),
    ],
)
def test_one_mistake_is_one_fault(write: Write, old: str, new: str, expected: list[str]) -> None:
    """At its line and column, with a way out, and nothing that merely follows from it."""
    assert old in GOOD
    assert faults(write(GOOD.replace(old, new, 1))) == [f"x.yaml:{each}" for each in expected]


def test_all_faults_come_at_once_and_show_themselves(write: Write) -> None:
    """The golden text of several faults in one file."""
    text = "language: [x]\npipeline:\n  - vad.energi\n  - dedup: {window: 3, wndow: 1s}\n  - pacer: {lead: 9s}\n"
    with pytest.raises(ConfigError) as caught:
        load(write(text))
    assert str(caught.value) == (
        "x.yaml:1:11: `language` wants one value, got a list\n"
        "  language: [x]\n"
        "            ^\n"
        "x.yaml:3:5: no processor `vad.energi`\n"
        "    - vad.energi\n"
        "      ^^^^^^^^^^\n"
        "  did you mean `vad.energy`?\n"
        "x.yaml:4:21: `window` wants a duration, e.g. 300ms or 0.48s, got `3`\n"
        "    - dedup: {window: 3, wndow: 1s}\n"
        "                      ^\n"
        "x.yaml:4:24: `dedup` has no setting `wndow`\n"
        "    - dedup: {window: 3, wndow: 1s}\n"
        "                         ^^^^^\n"
        "  did you mean `window`?\n"
        "x.yaml:5:19: `lead` wants 20ms to 5s, got 9s\n"
        "    - pacer: {lead: 9s}\n"
        "                    ^^"
    )


def test_unset_variables_are_named_all_at_once(write: Write) -> None:
    """Each at its own place, with the nearest name that is set; one that is set and empty is as good as unset."""
    text = GOOD.replace("${VAD_RMS:-210}", "${VAD_RSM}").replace("[hi there]", '["${A} and ${B}"]')
    assert faults(write(text), env={"VAD_RMS": "1", "A": ""}) == [
        "x.yaml:6:26 the variable VAD_RSM is not set | did you mean `VAD_RMS`?",
        "x.yaml:12:16 the variable A is empty | set it, or write ${A:-text}",
        "x.yaml:12:25 the variable B is not set | set it, or write ${B:-text}",
    ]


def test_a_variable_that_does_not_fit_is_named_and_not_shown(write: Write) -> None:
    """The environment's values are nobody's to print."""
    found = faults(write(GOOD), env={"VAD_RMS": "hunter2", "MIN_UTT_SEC": "99"})
    assert found == [
        "x.yaml:6:23 `rms` wants a whole number, the value of VAD_RMS does not fit",
        "x.yaml:7:37 `min_silence` wants 100ms to 5s, the value of MIN_UTT_SEC does not fit",
    ]
    with pytest.raises(ConfigError) as caught:
        load(write(GOOD), env={"VAD_RMS": "hunter2"})
    assert "hunter2" not in str(caught.value) + repr(caught.value.faults)


def test_a_secret_in_the_file_is_a_warning_and_stays_hidden(thing: None, write: Write) -> None:
    """It works, it is warned of, and neither the warning nor another fault of its line shows it."""
    path = write(with_thing("{key: sk-12345678, whole: 1}").replace("gizmo.thing:\n     ", "gizmo.thing:"))
    config = load(path)
    assert [(each.line, each.text) for each in config.warnings] == [(4, "`key` is a secret, written in the file")]
    assert "sk-1234" not in repr(config)
    path.write_text(path.read_text().replace("whole: 1", "whole: 0"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "•" in str(caught.value)
    assert "sk-1234" not in str(caught.value)
    assert not load(path, set=["gizmo.thing.whole=1", "thing.key=x"]).warnings


def test_the_hash_is_of_what_a_config_means(thing: None, write: Write, tmp_path: Path) -> None:
    """Comments and places change nothing; a value, a secret and a file's content do."""
    first = load(write(GOOD)).hash
    assert load(write("# a comment\n" + GOOD.replace("14s", "14000ms"))).hash == first
    assert load(write(GOOD), env={"VAD_RMS": "211"}).hash != first
    assert len(first) == 12
    path = write(with_thing('{key: "${KEY}", file: f.txt}'))
    hashes = set()
    for key, content in (("a", "1"), ("b", "1"), ("a", "2")):
        (tmp_path / "f.txt").write_text(content)
        hashes.add(load(path, env={"KEY": key}).hash)
    assert len(hashes) == 3


# ---- extends, swap, set -------------------------------------------------------------------------------------------


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
    assert (config.record.folder, config.record.audio) == ("calls", False)


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
        ({"set": ["pacer"]}, "--set pacer=:0:0 a config has no setting `pacer`"),
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
        ({"swap": "{pacer: "}, "swap:1:7 a value is missing here"),
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
    write("extends: base.yaml\nset: {vad.rms: 0}\n", base=GOOD.replace("window: 14s", "window: 14"))
    assert faults(Path("x.yaml")) == [
        "base.yaml:8:21 `window` wants a duration, e.g. 300ms or 0.48s, got `14`",
        "x.yaml:2:16 `rms` wants 1 to 32767, got 0",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("extends: none.yaml\n", "x.yaml:1:10 there is no `none.yaml`"),
        ("extends: ../x.yaml\n", "x.yaml:1:10 `../x.yaml` lies outside the config's folder"),
        ("extends: /etc/passwd\n", "x.yaml:1:10 `/etc/passwd` lies outside the config's folder"),
        ("extends: x.yaml\n", "x.yaml:1:10 `x.yaml` extends itself, in the end"),
        ("extends: round.yaml\n", "round.yaml:1:10 `x.yaml` extends itself, in the end"),
        ("extends: [x]\n", "x.yaml:1:10 `extends` wants the path of a config"),
        ('extends: "a\\0b"\n', "x.yaml:1:10 `extends` wants the path of a config"),
        ("extends: empty.yaml\nswap: {asr: x.y}\n", "empty.yaml:0:0 is empty"),
        ("[a]\n", "x.yaml:1:1 a config is keys and values, e.g. `pipeline:` and its steps"),
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


def test_a_link_out_of_the_folder_is_outside_of_it(write: Write, tmp_path: Path) -> None:
    """What counts is where a file really is."""
    (tmp_path / "in").mkdir()
    write(GOOD)
    Path("in/base.yaml").symlink_to(tmp_path / "x.yaml")
    Path("in/top.yaml").write_text("extends: base.yaml\n")
    assert faults(Path("in/top.yaml")) == ["in/top.yaml:1:10 `base.yaml` lies outside the config's folder"]


# ---- the graph ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "line", "blamed", "hint"),
    [
        ("twilio_serializer", 5, "vad.energy", "above it, put `twilio_serializer`"),
        ("vad.energy", 6, "end_of_utterance", "above it, put `vad.energy`"),
        ("end_of_utterance", 7, "dedup", "above it, put `end_of_utterance`"),
        ("asr.script", 10, "llm.script", "above it, put `asr."),
        ("llm.script", 11, "tts.tone", "`llm.script`"),
        ("tts.tone", 12, "pacer", "above it, put `tts."),
        ("pacer", 13, "twilio_sink", "above it, put `pacer`"),
        ("twilio_sink", 13, "pacer", "below it, put `twilio_sink`"),
    ],
)
def test_a_chain_with_a_step_missing_is_refused_at_the_first_gap(
    write: Write, without: str, line: int, blamed: str, hint: str
) -> None:
    """Whichever step is forgotten, one fault names the place and who would fill it."""
    text = GOOD.replace("  - llm.script:\n      say: [hi there]", "  - llm.script: {say: [hi there]}")
    found = faults(write("\n".join(each for each in text.splitlines() if not each.startswith(f"  - {without}"))))
    assert len(found) == 1
    assert found[0].startswith(f"x.yaml:{line}:5 ")
    assert f"`{blamed}`" in found[0]
    assert hint in found[0].partition(" | ")[2]


def test_steps_in_the_wrong_order_say_what_to_move(write: Write) -> None:
    """The one that stands too low is named."""
    text = GOOD.replace("  - pacer\n", "").replace("  - tts.tone", "  - pacer\n  - tts.tone")
    found = faults(write(text))
    assert len(found) == 1
    assert found[0].startswith("x.yaml:13:5 `pacer` takes ")
    assert found[0].endswith(", which does not get here | move `tts.tone` above it")


@pytest.mark.parametrize("last", range(1, 10))
def test_a_chain_that_ends_early_is_refused(write: Write, last: int) -> None:
    """Wherever it is cut, something that it makes reaches nobody."""
    text = GOOD.replace("  - llm.script:\n      say: [hi there]", "  - llm.script: {say: [hi there]}")
    lines = [line for line in text.splitlines() if line.startswith("  - ")]
    assert len(faults(write("pipeline:\n" + "\n".join(lines[:last]) + "\n"))) == 1


def test_a_word_that_is_wrong_breaks_no_link(write: Write) -> None:
    """As long as a step is unknown, nobody is told that its neighbours do not fit."""
    assert len(faults(write(GOOD.replace("asr.script:", "asr.scrip:")))) == 1


def test_a_pipeline_has_at_most_64_steps(write: Write) -> None:
    """The sixty-fifth is refused, and nothing else is looked at."""
    text = "pipeline:\n" + "  - dedup\n" * 65
    assert faults(write(text)) == ["x.yaml:66:5 the pipeline has more than 64 steps"]


# ---- whatever is written ------------------------------------------------------------------------------------------


def _keys() -> list[tuple[int, str]]:
    """Every key and word of the good config, with its line."""
    marks = (
        "name",
        "language",
        "numbers",
        "pipeline",
        "server",
        "record",
        "log_words",
        "folder",
        "max_calls",
        "drain",
        "window",
        "say",
        "rms",
        "min_silence",
        "hangover",
        "pitch",
        "twilio_serializer",
        "vad.energy",
        "dedup",
        "end_of_utterance",
        "asr.script",
        "llm.script",
        "tts.tone",
        "pacer",
        "twilio_sink",
    )
    lines = GOOD.splitlines()
    return [
        (number, mark) for mark in marks for number, line in enumerate(lines) if mark in line.replace(mark + "_", "")
    ]


@pytest.mark.parametrize(("line", "key"), _keys())
@pytest.mark.parametrize("how", ["drop", "double", "swap", "append"])
def test_any_key_with_one_letter_wrong_is_refused_at_its_line(write: Write, line: int, key: str, how: str) -> None:
    """A typo never passes, and is looked for where it is."""
    middle = len(key) // 2
    typo = {
        "drop": key[:middle] + key[middle + 1 :],
        "double": key[:middle] + key[middle] + key[middle:],
        "swap": key[: middle - 1] + key[middle] + key[middle - 1] + key[middle + 1 :],
        "append": key + "x",
    }[how]
    if typo == key:
        return
    lines = GOOD.splitlines()
    lines[line] = lines[line].replace(key, typo, 1)
    found = faults(write("\n".join(lines)))
    assert any(each.startswith(f"x.yaml:{line + 1}:") for each in found), found
    others = [each for each in found if not each.startswith((f"x.yaml:{line + 1}:", "x.yaml:0:"))]
    assert not others


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text() | st.binary() | st.lists(st.sampled_from(GOOD.splitlines()), max_size=30).map("\n".join))
def test_no_file_raises_anything_but_its_faults(tmp_path: Path, content: str | bytes) -> None:
    """Noise, bytes and the lines of a good config in any order: a config, or faults that can be shown."""
    path = tmp_path / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        load(path, env={})
    except ConfigError as error:
        assert error.faults
        assert str(error).isprintable() or "\n" in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.integers(0, len(GOOD) - 1), st.text(alphabet=string.printable + "שé\x00\u2028", max_size=4), st.integers(0, 6)
)
def test_no_edit_of_a_good_file_raises_anything_but_its_faults(tmp_path: Path, start: int, text: str, cut: int) -> None:
    """A few characters put in, left out or replaced anywhere."""
    path = tmp_path / "x.yaml"
    path.write_text(GOOD[:start] + text + GOOD[start + cut :], encoding="utf-8")
    try:
        load(path, env={})
    except ConfigError as error:
        assert str(error)


# ---- check --------------------------------------------------------------------------------------------------------


def test_check_says_how_much_it_found(write: Write, capsys) -> None:
    """Clean or not, with a count of the files, and a fault that two configs share only once."""
    write("extends: base.yaml\n", base=GOOD)
    assert check(["x.yaml", "base.yaml"]) == 0
    assert capsys.readouterr().out == "2 files, all clean\n"
    write("extends: base.yaml\n", base=GOOD.replace("14s", "14"))
    assert check(["."]) == 1
    assert capsys.readouterr().out.endswith("2 files, 1 fault\n")


def test_check_speaks_json(write: Write, capsys) -> None:
    """For editors and for continuous integration."""
    write(GOOD.replace("14s", "14"))
    assert check(["x.yaml"], as_json=True) == 1
    assert '"line": 8' in capsys.readouterr().out


def test_check_lets_warnings_fail_if_it_is_strict(thing: None, write: Write, capsys) -> None:
    """A secret in a file passes by default."""
    write(with_thing("key: sk-12345678"))
    assert (check(["x.yaml"]), check(["x.yaml"], strict=True)) == (0, 1)
    assert "sk-1234" not in capsys.readouterr().out


def test_check_of_nothing_is_no_success(write: Write, capsys) -> None:
    """No path, a missing file and an empty folder each say so."""
    write(GOOD)
    Path("empty").mkdir()
    with pytest.raises(UsageError):
        check([])
    assert check(["none.yaml", "empty"]) == 1
    assert capsys.readouterr().out.startswith("empty: has no config in it\nnone.yaml: no such file\n")


def test_check_leaves_tests_in_a_folder_to_the_test_verb(write: Write, capsys) -> None:
    """And reads what a caller says as such."""
    write(GOOD)
    Path("x.test.yaml").write_text("tests: []\n")
    Path("call.yaml").write_text("- wait: 1\n")
    assert check(["."]) == 1
    assert "call.yaml:1:9: `wait` wants a duration" in capsys.readouterr().out
