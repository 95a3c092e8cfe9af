"""The events of a record, sorted."""

from __future__ import annotations

import pytest

from pipeline.events import BreakerChanged, Event, ProviderFailed, RecognitionReopened, Unspoken, VoiceFailed
from pipeline.records.files import kept
from pipeline.records.reader import Event as Recorded
from pipeline.tools.replay.event_kinds import is_input, is_own

NEWS = [
    BreakerChanged("asr.google", "open"),
    ProviderFailed("asr.google", "TimeoutError"),
    RecognitionReopened("stall"),
    Unspoken("Good day."),
    VoiceFailed("tts.google"),
]


@pytest.mark.parametrize("event", NEWS, ids=lambda event: event.name)
def test_news_of_a_provider_is_input(event: Event) -> None:
    """A replay takes it from the record, as the providers that would tell it are not asked."""
    recorded = Recorded(1.0, 1, event.name, kept(event))
    assert is_input(recorded) and not is_own(recorded)
