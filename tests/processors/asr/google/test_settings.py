"""Settings that Google would refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError
from tests.kit.chain import chain


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ("insecure: true", "insecure"),
        ("alternatives: [en-US, en-GB, fr-FR, de-DE]", "alternatives"),
        ("rotate_after: 280s, rotate_hard: 270s", "rotate_after"),
        ("model: chirp_3", "model"),
    ],
)
def test_settings_that_do_not_fit(config: Callable[..., Config], settings: str, field: str) -> None:
    """What Google would refuse is a fault of the config."""
    with pytest.raises(ConfigError, match=field):
        config(chain(asr=f"asr.google: {{{settings}}}"))
