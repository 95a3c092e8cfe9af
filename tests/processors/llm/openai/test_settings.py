"""Settings of a model that cannot work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError, KavError
from pipeline.settings import Secret
from processors.llm.openai.dialogue import OpenAiDialogue
from processors.llm.openai.settings import OpenAiSettings
from tests.kit.alone import run
from tests.kit.asking import CONFIG, KEY


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ("prompt: dana.md, instructions: x", "`instructions` and `prompt` exclude each other"),
        ("prompt: latin.md", "`prompt` cannot be read as UTF-8 text"),
        ("prompt: none.md", "`prompt` wants a file, and `none.md` is not there"),
        ("min_chars: 500", "`min_chars` is more than `max_chars`, 420"),
        ("base_url: localhost", "`base_url` is no address"),
        ("timezone: Mars/Base", "`timezone` is no time zone"),
        ("temperature: 3", "`temperature` wants 0 to 2"),
        ("first_token: 2", "`first_token` wants a duration"),
        ("extra: {tool_choice: auto}", "`extra` has `tool_choice` in it: tools are declared in the config's own list"),
    ],
)
def test_a_config_that_cannot_work_says_why(
    config: Callable[..., Config], tmp_path: Path, fields: str, wrong: str
) -> None:
    """Before the first call."""
    (tmp_path / "dana.md").write_text("You are Dana.", encoding="utf-8")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    with pytest.raises(ConfigError) as found:
        config(CONFIG % fields, env={"KEY": KEY})
    assert [wrong in fault.text for fault in found.value.faults] == [True]


@pytest.mark.parametrize(("blank", "variable"), [("key", "OPENAI_API_KEY"), ("model", "LLM_MODEL")])
def test_what_is_lacking_is_a_warning_and_never_a_start(
    config: Callable[..., Config], blank: str, variable: str
) -> None:
    """A config can be checked without it; the agent does not start, and says in one line what to set."""
    text = re.sub(rf'\b{blank}: ("[^"]*"|\w+)', f'{blank}: ""', CONFIG) % "min_chars: 20"
    checked = config(text, env={"KEY": KEY})
    (warning,) = checked.warnings
    assert warning.line == 7 and variable in warning.text
    step = next(step for step in checked.steps if step.word == "llm.openai")

    async def start() -> None:
        async with OpenAiDialogue.share(step.settings, (), "en-US"):
            pass

    with pytest.raises(KavError, match=variable):
        run(start())


def test_the_phrases_are_known_ahead() -> None:
    """With the one for a reply that broke off."""
    it = OpenAiSettings(model="m", key=Secret("k"))
    assert OpenAiDialogue.phrases(it, "he-IL")[-1] == "סליחה, נקטעתי באמצע. להמשיך?"
    assert len(OpenAiDialogue.phrases(it, "en-US")) == 7
