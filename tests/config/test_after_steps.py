"""The step whose model is asked after a call has to be there, and to be a model."""

from __future__ import annotations

import pytest

from pipeline.config import load
from pipeline.config.after_steps import model_of
from tests.kit.chain import chain
from tests.kit.configs import Write, faults

SEND = "send: [{url: 'https://crm.example.com/x'}], summary: {}"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("llm.openia", "no step `llm.openia` in the pipeline | did you mean `llm.openai`?"),
        ("asr", "`asr.script` cannot be asked after a call | a chat model can, e.g. llm.openai"),
    ],
)
def test_a_step_that_cannot_be_asked(write: Write, name: str, fault: str) -> None:
    """At the place of its name."""
    path = write(
        chain(
            f"after: {{with: {name}, {SEND}}}\n",
            llm="llm.openai: {model: m, key: '${K:-}', base_url: 'http://127.0.0.1:9/v1'}",
        )
    )
    assert faults(path) == [f"x.yaml:1:15 {fault}"]


@pytest.mark.parametrize("name", ["llm", "llm.openai"])
def test_a_step_is_named_by_its_word_or_its_capability(write: Write, name: str) -> None:
    """As in `swap`."""
    path = write(
        chain(
            f"after: {{with: {name}, {SEND}}}\n",
            llm="llm.openai: {model: m, key: '${K:-}', base_url: 'http://127.0.0.1:9/v1'}",
        )
    )
    config = load(path, env={})
    step = model_of(config.after, config.steps)
    assert step is not None and step.word == "llm.openai"
