"""The README says what is so."""

from __future__ import annotations

import re

from pipeline import spec
from pipeline.config import load
from tests.pages import blocks, read

README = read("README.md")


def test_its_first_config_is_clean(tmp_path):
    """What a newcomer copies passes `check`."""
    (text,) = blocks(README, "yaml")
    path = tmp_path / "first.yaml"
    path.write_text(text, encoding="utf-8")
    assert not load(path).warnings


def test_its_table_has_every_processor():
    """With the sentence that the processor says of itself."""
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*) \|$", README, re.MULTILINE))
    assert rows == {word: spec.doc(spec.find(word)) for word in spec.words()}
