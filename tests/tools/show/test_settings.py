"""What is said of a processor and its settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from pipeline import catalog
from pipeline.catalog import Steps, spec
from pipeline.config import Config
from pipeline.config.findings import Findings
from pipeline.config.reading import Reader
from pipeline.config.writing import variables
from pipeline.config.yaml.nodes import Mapping
from pipeline.config.yaml.tree import parse
from pipeline.processor import Processor
from pipeline.settings import Duration, Secret, StepSettings, doc
from pipeline.tools.show.reference import show
from pipeline.tools.show.settings import example, given_sample, settings_of
from tests.kit.chain import around, warned

Load = Callable[..., Config]


@pytest.mark.parametrize("word", catalog.words())
def test_an_example_passes_check(word: str, config: Load) -> None:
    """In the smallest chain around it, with the variables set that it names."""
    text = example(word, catalog.find(word))
    loaded = config(around(word, text), env=dict.fromkeys(variables(text), "anything"))
    assert word in [step.word for step in loaded.steps]
    assert not warned(loaded)


@pytest.mark.parametrize("word", catalog.words())
def test_defaults_are_written_as_a_config_has_them(word: str, config: Load) -> None:
    """A step with every default written out means the same as the step without them."""
    kind = catalog.find(word)
    settings = settings_of(kind.Settings)
    given = {field.name: given_sample(field) for field in spec.fields(kind.Settings) if field.required}
    env = dict.fromkeys(variables(str(given)), "anything")
    every = ", ".join(f"{each.name}: {given.get(each.name, each.default)}" for each in settings)
    some = ", ".join(f"{name}: {value}" for name, value in given.items())
    assert config(around(word, f"{word}: {{{some}}}"), env=env).hash == (
        config(around(word, f"{word}: {{{every}}}"), env=env).hash
    )


@pytest.mark.parametrize("word", catalog.words())
def test_every_setting_explains_itself(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a type that has a name, and a sentence."""
    assert show(word, as_json=True) == 0
    data = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in data["settings"]] == [
        each.name for each in spec.fields(catalog.find(word).Settings)
    ]

    def look(settings: list[dict[str, Any]]) -> None:
        for each in settings:
            assert each["doc"].endswith(".") and each["type"] != "anything", each
            look(each.get("fields", []))

    look(data["settings"])


def test_what_is_inside_a_setting_is_shown_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The keys of an intent, indented, each with its own type and sentence."""
    assert show("llm.rules") == 0
    text = capsys.readouterr().out
    assert re.search(r"^    intents +list of keys and values +1 or more +required", text, re.MULTILINE)
    assert re.search(r"^      hang_up +true or false +false +End the call", text, re.MULTILINE)


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    """Keys and values inside a setting."""

    name: Annotated[str, doc("A name.")]
    size: Annotated[int, doc("A size.")] = 1


class Greedy(Processor):
    """Wants a setting of each kind, and declares no sample."""

    class Settings(StepSettings, frozen=True, kw_only=True):
        """All of them required."""

        flag: Annotated[bool, doc("A flag.")]
        count: Annotated[int, doc("A number.", 3, 9)]
        share: Annotated[float, doc("A share.", 0.5, 1)]
        wait: Annotated[Duration, doc("A wait.", 0.25, 5)]
        mode: Annotated[Literal["quick", "slow"], doc("A mode.")]
        words: Annotated[list[str], doc("Some words.", some=True)]
        inner: Annotated[dict[str, Inner], doc("Some more.")]
        parts: Annotated[list[Inner], doc("Some parts.", some=True)]
        key: Annotated[Secret, doc("A key.")]
        spares: Annotated[Steps, doc("Some steps.")]


def test_a_sample_is_made_where_none_is_declared(tmp_path: Path) -> None:
    """Of the setting's type and within its bounds, so that a plug-in's example can be read, too."""
    text = example("acme.greedy", Greedy)
    assert text == (
        "acme.greedy: {flag: true, count: 3, share: 0.5, wait: 250ms, mode: quick, words: [text], inner: {}, "
        'parts: [{name: text}], key: "${SECRET}", spares: []}'
    )
    findings = Findings()
    node = parse(text, "x", findings)
    assert isinstance(node, Mapping) and isinstance(node.entries[0][1], Mapping)
    entries = node.entries[0][1].entries
    made = Reader(findings, {"SECRET": "x"}, tmp_path).struct(Greedy.Settings, entries, node.at, "it")
    assert not findings.faults and made.wait == 0.25 and made.parts == [Inner(name="text")]
    inside = {each.name: [inner.name for inner in each.fields] for each in settings_of(Greedy.Settings)}
    assert inside["parts"] == inside["inner"] == ["name", "size"] and inside["spares"] == []
