"""The chain on a call's page, from the config in its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.tools.report.chain import ChainStep, section, steps
from tests.kit.pages_of_calls import parsed

CONFIG = """name: x
pipeline:
- twilio_serializer
- asr.google:
    model: latest_long
- pacer: {lead: 0.2s}
log_words: true
"""


def test_the_steps_are_those_of_the_record(tmp_path: Path) -> None:
    """Each with its line and its settings; no key that follows the chain is part of it."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    assert steps(tmp_path) == [
        ChainStep("twilio_serializer", 3, "- twilio_serializer"),
        ChainStep("asr.google", 4, "- asr.google:\n    model: latest_long"),
        ChainStep("pacer", 6, "- pacer: {lead: 0.2s}"),
    ]
    page = parsed(section(steps(tmp_path), {1: "GoogleRecognizer"}))
    assert [each.get("id") for each in page] == ["step-0", "step-1", "step-2"]
    assert "GoogleRecognizer · config.yaml:4" in "".join(page[1].itertext())


@pytest.mark.parametrize(
    "text", ["", "[", "pipeline: 5", "pipeline: [", "a: &a [*a]", "\x00", "pipeline: [[], {}, x, {y: 1}]", "- a: 1"]
)
def test_a_config_that_cannot_be_read_is_no_trouble(tmp_path: Path, text: str) -> None:
    """The page says so, or shows as much as there is; a record may be without one."""
    assert "has no config.yaml" in section(steps(tmp_path), {})
    (tmp_path / "config.yaml").write_text(text)
    assert parsed(section(steps(tmp_path), {})).tag in ("p", "ol")
