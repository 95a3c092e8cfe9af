"""Sound on its way to Google."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.standins.google_speech import GoogleSpeech, Script
from tests.kit.alone import alone
from tests.kit.google_caller import calling


@pytest.mark.fault("D4")
@alone
async def test_silence_is_sent_when_no_sound_comes() -> None:
    """Google ends a stream that hears nothing; so it hears silence, as mu-law writes it."""
    settings: dict[str, Any] = {"stream": "call", "silence_after": 0.05}
    async with GoogleSpeech(Script(no_audio_limit=0.5)) as server, calling(server, **settings) as caller:
        seen = await server.seen(1, 1.0)
        assert set(seen.audio) == {0xFF}
        assert len(server.streams) == 1 and caller.call.faults == 0
