"""The settings of recognition by OpenAI: what is checked, and what a model is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError
from pipeline.settings import Secret
from processors.asr.openai.settings import OpenAiSettings, hints
from tests.kit.chain import chain

SAID: dict[str, Any] = {"prompt": "A clinic.", "phrases": ["Dr. Levi", "X-ray"]}


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("gpt-live-transcribe", {"languages": ["he"], "keywords": ["Dr. Levi", "X-ray"], "prompt": "A clinic."}),
        ("gpt-transcribe", {"languages": ["he"], "keywords": ["Dr. Levi", "X-ray"], "prompt": "A clinic."}),
        ("gpt-4o-transcribe", {"language": "he", "prompt": "A clinic., Dr. Levi, X-ray"}),
        ("whisper-1", {"language": "he", "prompt": "A clinic., Dr. Levi, X-ray"}),
    ],
)
def test_each_model_is_told_in_its_own_fields(model: str, told: dict[str, Any]) -> None:
    """The newer ones take lists; likely words reach the older ones in the prompt."""
    assert hints(OpenAiSettings(model=model, **SAID), "he-IL") == told


def test_what_is_not_set_is_not_sent() -> None:
    """Some servers refuse a field that is blank."""
    assert hints(OpenAiSettings(model="m"), "en-US") == {"language": "en"}


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-realtime-whisper"])
def test_a_model_of_live_sessions_needs_one(model: str) -> None:
    """Whole recordings are none of its business."""
    assert [field for field, _ in OpenAiSettings(model=model).faults()] == ["model"]
    assert not list(OpenAiSettings(model=model, stream=True).faults())


@pytest.mark.parametrize("language", ["english", "e", "en_US", "en-"])
def test_a_language_that_is_none(config: Callable[..., Config], language: str) -> None:
    """It is refused where it is written, before a caller speaks."""
    with pytest.raises(ConfigError) as found:
        config(chain(asr=f"asr.openai: {{model: m, key: k, language: {language}}}"))
    [fault] = [each for each in found.value.faults if each.severity == "error"]
    assert "`language` is no BCP 47 tag" in fault.text


def test_what_is_missing_is_named_with_its_variable() -> None:
    """The key's, and that of the recogniser's model."""
    lacks = dict(OpenAiSettings(model="").lacks())
    assert "OPENAI_API_KEY" in lacks["key"] and "ASR_MODEL" in lacks["model"]
    assert not list(OpenAiSettings(model="m", key=Secret("k")).lacks())
