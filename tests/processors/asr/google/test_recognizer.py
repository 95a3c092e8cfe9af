"""Recognition by Google, against a stand-in that is a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline import audio
from pipeline.config import Config
from pipeline.faults import ConfigError
from pipeline.frames import Transcript, TurnDropped
from pipeline.standins.google_speech import GoogleSpeech, Script
from pipeline.testing import play_async, voice
from pipeline.vocabulary import DropReason
from tests.kit.alone import alone
from tests.kit.chain import chain
from tests.kit.google_caller import TONES, calling, words


@pytest.mark.parametrize("api", ["v1", "v2"])
@alone
async def test_a_turn_is_understood(api: str) -> None:
    """Words come while the caller speaks, the final ones after the turn's end, and the stream is closed."""
    async with GoogleSpeech(Script(say=["שלושה חדרים"])) as server, calling(server, api=api) as caller:
        caller.begin(voice(1.0))
        await server.seen(1, 1.0)
        caller.end()
        assert await caller.outcome() == Transcript(1, "שלושה חדרים", True, "he-IL", pytest.approx(0.92))  # type: ignore[arg-type]
        assert [it.text for it in caller.catch.interim][-1:] == ["שלושה חדרים"]
        assert {it.turn for it in caller.catch.interim} == {1}
        await server.closed()
        assert [it.api for it in server.streams] == [api]


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


@alone
async def test_turns_one_after_the_other() -> None:
    """Each has a stream of its own, all on one connection."""
    async with GoogleSpeech(Script(say=["one", "two"])) as server, calling(server) as caller:
        for text in ("one", "two", "one"):
            caller.say()
            assert await caller.text() == text
        assert len(server.streams) == 3


@alone
async def test_who_goes_on_is_heard_in_full() -> None:
    """A turn that begins while the one before is being recognised has a stream of its own; outcomes stay in order."""
    async with GoogleSpeech(Script(tones=TONES)) as server, calling(server) as caller:
        caller.say(words("one", "two"))
        caller.say(words("three"))
        assert [await caller.text(), await caller.text()] == ["one two", "three"]


@alone
async def test_a_turn_that_comes_to_nothing_is_let_go() -> None:
    """Its stream is closed at once, and nothing is said of its words."""
    async with GoogleSpeech() as server, calling(server) as caller:
        caller.begin(voice(0.3))
        await server.seen(1)
        caller.chain.put(TurnDropped(1, DropReason.SHORT))
        assert await caller.outcome() == TurnDropped(1, DropReason.SHORT)
        await server.closed()
        caller.say()
        assert await caller.text() == "hello"


@alone
async def test_interim_words_can_be_kept_back() -> None:
    """Then there is one transcript for each turn."""
    async with GoogleSpeech() as server, calling(server, interim=False) as caller:
        caller.say()
        assert await caller.text() == "hello"
        assert caller.catch.interim == []


@alone
async def test_a_final_result_that_comes_early_is_not_waited_for() -> None:
    """If Google found the turn's end first, its words leave with the turn, before the stream has ended."""
    script = Script(endpoint=0.3, final_delay=3600)
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == "hello"


@alone
async def test_a_call_that_ends_closes_what_is_open() -> None:
    """In the middle of a turn, and while its words are waited for."""
    async with GoogleSpeech(Script(final_delay=3600)) as server:
        for do in ("begin", "say"):
            async with calling(server) as caller:
                getattr(caller, do)(voice(1.0))
                await server.seen(len(server.streams) or 1, 0.5)
        assert server.open == 0


@alone
async def test_one_stream_for_the_call() -> None:
    """It hears everything; a turn's words are those that became final in it."""
    async with GoogleSpeech(Script(tones=TONES, endpoint=0.3)) as server, calling(server, stream="call") as caller:
        for said in (("one", "two"), ("three",), ("four", "one")):
            await caller.live(bytes(3200), turn=False)
            caller.say(words(*said))
            assert await caller.text() == " ".join(said)
        assert len(server.streams) == 1 and caller.reopened() == []


@pytest.mark.parametrize("endpoint", [0.0, 0.3])
@alone
async def test_no_word_belongs_to_two_turns(endpoint: float) -> None:
    """In a stream for the call: words that are interim when a turn ends, and words that follow at once."""
    settings: dict[str, Any] = {"stream": "call", "final_timeout": 0.4}
    async with GoogleSpeech(Script(tones=TONES, endpoint=endpoint)) as server, calling(server, **settings) as caller:
        caller.say(words("one", "two"))
        caller.say(words("three", "four"))
        caller.say(words("five"))
        assert [await caller.text() for _ in range(3)] == ["one two", "three four", "five"]
        caller.say(words("six"))
        assert await caller.text() == "six"


@alone
async def test_a_dropped_turn_leaves_no_words_behind() -> None:
    """In a stream for the call: what was said in it is not in the next one."""
    async with GoogleSpeech(Script(tones=TONES, endpoint=0.3)) as server, calling(server, stream="call") as caller:
        caller.begin(words("one", "two", "three"))
        await server.seen(1, 1.0)
        caller.chain.put(TurnDropped(1, DropReason.REPEATED))
        await caller.outcome()
        caller.say(words("four"))
        assert await caller.text() == "four"


@alone
async def test_silence_is_sent_when_no_sound_comes() -> None:
    """Google ends a stream that hears nothing; so it hears silence, as mu-law writes it."""
    settings: dict[str, Any] = {"stream": "call", "silence_after": 0.05}
    async with GoogleSpeech(Script(no_audio_limit=0.5)) as server, calling(server, **settings) as caller:
        seen = await server.seen(1, 1.0)
        assert set(seen.audio) == {0xFF}
        assert len(server.streams) == 1 and caller.call.faults == 0


@alone
async def test_in_a_whole_chain(agent: Callable[..., Config]) -> None:
    """Sound becomes words between a real end of utterance and a model."""
    async with GoogleSpeech(Script(say=["good evening"])) as server:
        step = {"asr.google": {"endpoint": server.target, "insecure": True}}
        played = await play_async(agent(swap={"asr": step}), [(0.4, voice(1.0))], 3.0)
        assert [frame.text for _, frame in played.frames(Transcript) if frame.final] == ["good evening"]
        assert played.said() == ["Good morning."]
        await server.closed()


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
