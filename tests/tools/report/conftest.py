"""Fixtures that several tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline.config import Config, RecordSettings
from pipeline.phone.script import InterruptAfter, Pcm, WaitReply
from pipeline.testing import voice
from tests.kit.dialled import dial
from tests.kit.pages_of_calls import HEBREW, HOSTILE


@pytest.fixture(scope="module")
def record(agent: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a call of two turns, of which the second interrupts."""
    folder = tmp_path_factory.mktemp("calls")
    config = agent(
        [HEBREW, HOSTILE], ["A long answer that nobody hears to its end.", "Short."], {"tts.ms_per_letter": 50}
    )
    config = msgspec.structs.replace(config, record=RecordSettings(folder=str(folder)))
    script = (Pcm(voice(0.6)), InterruptAfter(0.4, Pcm(voice(0.5, 400.0))), WaitReply())
    assert dial(config, *script).result.ok
    (events,) = folder.rglob("events.jsonl")
    return events.parent
