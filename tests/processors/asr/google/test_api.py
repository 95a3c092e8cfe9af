"""The requests of Google's two APIs."""

from __future__ import annotations

from typing import Any

from pipeline import audio
from pipeline.standins.google_speech import GoogleSpeech
from pipeline.testing import voice
from tests.kit.alone import alone
from tests.kit.google_caller import calling


@alone
async def test_what_is_sent_in_v1() -> None:
    """A config without sound first, then mu-law as Twilio sent it, in messages of 100 ms; Hebrew is iw-IL."""
    settings: dict[str, Any] = {"phrases": ["נדל״ן", "פנטהאוז"], "boost": 12.0, "alternatives": ["he", "en-US"]}
    async with GoogleSpeech() as server, calling(server, **settings) as caller:
        caller.say(voice(1.03))
        await caller.outcome()
        [seen] = server.streams
        config = seen.config.config
        assert not seen.audio_in_first and seen.half_closed and seen.config.interim_results
        assert (config.encoding.name, config.sample_rate_hertz, config.model) == ("MULAW", 8000, "latest_long")
        assert [config.language_code, *config.alternative_language_codes] == ["iw-IL", "iw-IL", "en-US"]
        [hints] = config.adaptation.phrase_sets
        assert [(it.value, it.boost) for it in hints.phrases] == [("נדל״ן", 12.0), ("פנטהאוז", 12.0)]
        assert set(seen.chunks[:-1]) == {800} and seen.chunks[-1] <= 800
        assert bytes(seen.audio) == audio.encode(caller.pcm)


@alone
async def test_what_is_sent_in_v2() -> None:
    """The same, of a recogniser in a project and a place."""
    settings = {"api": "v2", "project": "kav", "location": "eu", "phrases": ["Haifa"], "boost": 0.0}
    async with GoogleSpeech() as server, calling(server, "en-US", **settings) as caller:
        caller.say()
        await caller.outcome()
        [seen] = server.streams
        config = seen.config.config
        assert seen.recognizer == "projects/kav/locations/eu/recognizers/_"
        assert not seen.audio_in_first and seen.config.streaming_features.interim_results
        decoding = config.explicit_decoding_config
        assert (decoding.encoding.name, decoding.sample_rate_hertz, decoding.audio_channel_count) == ("MULAW", 8000, 1)
        assert (list(config.language_codes), config.model) == (["en-US"], "chirp_3")
        [hints] = config.adaptation.phrase_sets
        assert [(it.value, it.boost) for it in hints.inline_phrase_set.phrases] == [("Haifa", 0.0)]
        assert set(seen.chunks[:-1]) == {800}
