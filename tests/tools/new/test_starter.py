"""`new`: a starter passes `check`, and so does it with any of its lines uncommented."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.config import Config, load
from pipeline.config.findings import Findings
from pipeline.config.writing import text
from pipeline.config.yaml.tree import parse
from pipeline.faults import ConfigError, KavError, UsageError
from pipeline.testing import play, voice
from pipeline.text.fixed import PHRASES, example
from pipeline.text.languages import primary
from pipeline.tools.new.starter import MARGIN, OFFLINE, WIDTH, chain, new, starter
from pipeline.tools.schema import schema
from tests.kit.chain import around, warned

Load = Callable[..., Config]
OFF = re.compile(r"^( {0,6})# (\w+: )", re.MULTILINE)

PARTS = [
    st.just("twilio_serializer"),
    st.sampled_from(["vad.energy", "vad.silero", "vad"]),
    st.just("end_of_utterance"),
    st.sampled_from(["", "dedup", "greeting", "dedup greeting"]),
    st.sampled_from(["asr.google", "asr.openai", "asr.pocketsphinx", "asr.script", "asr"]),
    st.sampled_from(["", "dedup", "greeting"]),
    st.sampled_from(["llm.openai", "llm.rules", "llm.script", "llm"]),
    st.sampled_from(["", "intro_filter"]),
    st.sampled_from(["tts.google", "tts.openai", "tts.espeak", "tts.tone", "tts"]),
    st.just("pacer"),
    st.just("twilio_sink"),
]


def env(made: str) -> dict[str, str]:
    """The variables that the head of a starter names, set."""
    named = re.search(r"^# It needs variables of the environment - (.*)\.$", made, re.MULTILINE)
    return dict.fromkeys(named[1].split(", ") if named else (), "anything")


def words(word: str) -> str:
    """The words of the smallest chain around this one."""
    return ", ".join(re.findall(r"- ([\w.]+)", around(word, word)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*PARTS), st.sampled_from([", ", " → ", " -> ", ",", " ", "\n", " > "]))
def test_a_starter_passes_check(tmp_path: Path, parts: tuple[str, ...], between: str) -> None:
    """Whatever chain fits, however its words are written, once the variables are set that its head names."""
    assume(" ".join(parts).count("greeting") < 2)
    language = "en-GB" if "asr.pocketsphinx" in parts else "he-IL"
    made = starter(between.join(filter(None, parts)).replace(" ", between), language, Path())
    path = tmp_path / "my.yaml"
    path.write_text(made, encoding="utf-8")
    config = load(path, env=env(made))
    assert not warned(config) and config.language == language
    assert [catalog.capability(each.word) for each in config.steps] == [
        catalog.capability(each) for part in parts for each in part.split()
    ]


@pytest.mark.parametrize("word", catalog.words())
def test_uncommenting_is_all_there_is_to_do(word: str, config: Load) -> None:
    """Any one line of a starter without its `# ` changes nothing of what the config means."""
    made = starter(words(word), "en-US", Path())
    meant = config(made, env=env(made)).hash
    begin = made.index(f"- {word}")
    block = made[begin : made.find("\n  - ", begin) % (len(made) + 1)]
    lines = [found.start() + begin for found in OFF.finditer(block)]
    lines += [found.start() for found in OFF.finditer(made, made.rindex("\n\n"))] if word == "pacer" else []
    optional = [
        field for field in spec.fields(catalog.find(word).Settings) if not field.required and field.sample is None
    ]
    assert len(lines) >= len(optional)
    for at in lines:
        assert config(made[:at] + OFF.sub(r"\1\2", made[at:], count=1), env=env(made)).hash == meant


def test_no_words_are_the_chain_that_needs_nothing() -> None:
    """And a capability alone is the step that this chain has of it."""
    assert [step.word for step in chain(OFFLINE)] == OFFLINE.split(", ")
    assert starter("", "en-US", Path()) == starter(" , ", "en-US", Path()) == starter(OFFLINE, "en-US", Path())
    assert not env(starter("", "en-US", Path()))
    short = "twilio_serializer vad end_of_utterance asr llm tts pacer twilio_sink"
    assert {step.word for step in chain(short)} <= set(OFFLINE.split(", "))


@pytest.mark.parametrize(
    ("typed", "at", "told"),
    [
        ("twilio_serializer, vad.enrgy", 20, "did you mean `vad.energy`?"),
        ("twilio_serializer, end_of_utterance, pacer", 20, "`end_of_utterance` needs `vad` above it"),
        ("pacer twilio_sink", 1, "`pacer` takes AudioEnded, AudioOut, which does not get here"),
        ("asr", 1, "above it, put `end_of_utterance`"),
        ("my.yaml", 1, "is a config, not a step\n  my.yaml\n  ^^^^^^^\n  to write a new config to it: --out my.yaml"),
        ("twilio_serializer vad", 19, "nothing below `vad.energy` takes what it gives"),
    ],
)
def test_what_is_no_chain_is_shown_where_it_was_typed(typed: str, at: int, told: str) -> None:
    """In the words of `check`, with what to do."""
    with pytest.raises(ConfigError) as caught:
        chain(typed)
    assert told in str(caught.value) and f"WORDS:1:{at}: " in str(caught.value)


@pytest.mark.parametrize("language", [*sorted(PHRASES), "sv-SE", "pt-BR", "cmn-Hans-CN"])
def test_the_first_call_is_in_its_language(language: str, config: Load) -> None:
    """A caller who is heard gets the answer of the starter's own rules, and no sentence of another language."""
    made, spoken = starter("", language, Path()), example(language)
    swap = {"asr": {"asr.script": {"say": [spoken.question, spoken.goodbye[0]]}}, "tts": "tts.tone"}
    loaded = config(made, swap=swap)
    heard = play(loaded, [(6.0, voice(1.0)), (16.0, voice(1.0))], seconds=30.0).said()
    assert " ".join(heard) == f"{spoken.greeting} {spoken.answer} {spoken.farewell}"
    assert [primary(language) in PHRASES] == [not warned(loaded)]


@pytest.mark.parametrize("language", [*sorted(PHRASES), "sv-SE", "tl-PH"])
@pytest.mark.parametrize("words", ["", "twilio_serializer vad end_of_utterance asr llm tts pacer twilio_sink"])
def test_every_language_has_a_starter(language: str, words: str, config: Load) -> None:
    """Clean if Kav has its phrases, else with one warning; its steps work in the language, or it says which do not."""
    made = starter(words, language, Path())
    found = warned(config(made))
    assert all("has no fixed phrases" in each for each in found) and bool(found) == (primary(language) not in PHRASES)
    assert ("asr.pocketsphinx" in made.partition("pipeline:")[2]) == (language == "en")
    assert ("No offline recogniser hears" in made) == (language != "en")
    assert ("No offline voice speaks" in made) == (language == "tl-PH")
    assert ("The texts are English" in made) == bool(found)


def test_a_tag_is_written_in_its_canonical_form() -> None:
    """And a language's name gets its tag proposed."""
    for tag in ("iw-IL", "heb_IL", "HE-il"):
        assert re.search("^language: he-IL ", starter("", tag, Path()), re.MULTILINE)
    with pytest.raises(UsageError, match="did you mean `he`"):
        starter("", "Hebrew", Path())


def test_it_is_pleasant_to_read() -> None:
    """Comments stand below each other, and no line but a long value is wider than a page."""
    for line in starter("", "en-US", Path()).split("\n"):
        comment = line.rfind("  # ")
        assert comment in (-1, MARGIN - 2, *range(5)) or line.index("# ") == MARGIN, line
        assert len(line) <= WIDTH or line.startswith("# server: {"), line


def test_a_file_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its first line leads from its folder to the schema; what is there already is not written over."""
    out = tmp_path / "my.yaml"
    assert new("", "en-US", out) == 0
    first = out.read_text(encoding="utf-8").split("\n")[0]
    assert (tmp_path / first.removeprefix(schema.LINE)).resolve() == schema.FILE
    assert "check" in capsys.readouterr().out
    for path in (out, tmp_path / "nowhere/my.yaml"):
        with pytest.raises(KavError, match=path.name):
            new("", "en-US", path)


def test_files_of_ones_own_are_steps(tmp_path: Path) -> None:
    """With their settings, and what allows them; a file that a config there could not name is none."""
    (tmp_path / "own").mkdir()
    shutil.copy(Path(inspect.getfile(catalog.find("dedup"))), tmp_path / "own/again.py")
    typed = words("dedup").replace("dedup", str(tmp_path / "own/again.py"))
    made = starter(typed, "en-US", tmp_path)
    (tmp_path / "my.yaml").write_text(made, encoding="utf-8")
    assert "own.again" in [step.word for step in load(tmp_path / "my.yaml", env=env(made)).steps]
    assert re.search(r"^plugins: \[own/again.py\] +# ", made, re.MULTILINE) and "# window: 14s" in made
    assert not re.search(r"^plugins:", starter("", "en-US", tmp_path), re.MULTILINE)
    with pytest.raises(ConfigError, match="is not in the config's folder"):
        starter(typed, "en-US", tmp_path / "elsewhere")


def test_a_language_is_a_tag() -> None:
    """What is none is wrong use."""
    with pytest.raises(UsageError, match="BCP 47"):
        starter("", "hebrew please", Path())


@given(st.text())
def test_text_is_written_so_that_it_is_read_back(words: str) -> None:
    """Whatever is in it: quotes, brackets, colons, line ends of any alphabet."""
    node = parse(f"a: {{b: {text(words)}}}", "x", Findings())
    assert node is not None and node.entries[0][1].entries[0][1].text == words  # type: ignore[attr-defined]
