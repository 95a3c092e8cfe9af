from __future__ import annotations

import io
import wave
from typing import Any

import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import audio
from pipeline.frames import AudioEnded, AudioOut, Interrupt, ReplyEnded, ReplyText, SpeechStarted
from pipeline.settings import Secret
from pipeline.standins.openai import Fault, OpenAi, Script
from processors.tts.openai import LONGEST, OpenAiVoice, parts
from tests.kit.alone import run
from tests.kit.bench import bench

KEY = "sk-canary-0123456789abcdef"
SOON: dict[str, Any] = {"first_sound": 0.8, "gap": 0.8}  # seconds: for what will not come


def settings(url: str, **changed: Any) -> OpenAiVoice.Settings:
    return OpenAiVoice.Settings(**{"model": "speech", "voice": "alloy", "key": Secret(KEY), "base_url": url, **changed})


def speak(
    *texts: str,
    faults: list[Fault] | tuple[Any, ...] = (),
    always: Fault | None = None,
    script: dict[str, Any] | None = None,
    **changed: Any,
) -> tuple[list[bytes], OpenAi, int]:
    """A voice that is given texts: the sound of each, the server, and the call's count of faults."""

    async def main() -> tuple[list[bytes], OpenAi, int]:
        what = Script(first_sound=0.0, faults=faults, always=always, **(script or {}))
        async with OpenAi(what) as server, bench(OpenAiVoice, settings(server.url, **changed)) as voice:
            voice.put(*(ReplyText(0, text) for text in texts), ReplyEnded(0))
            await voice.until(AudioEnded)
            sounds = [b"".join(it.pcm for it in voice.of(AudioOut) if it.text == text) for text in texts]
            for request in server.requests:
                await request.over.wait()
            return sounds, server, voice.call.faults

    return run(main())


def test_it_speaks() -> None:
    """In the line's 8 kHz, and as long as it was sent; what is loud stays loud."""
    [pcm], server, faults = speak("x" * 30)
    assert audio.seconds(pcm) == pytest.approx(2.0, abs=0.001) and faults == 0
    assert audio.rms(pcm) == pytest.approx(audio.rms(audio.tone(2.0)), rel=0.02)
    assert server.requests[0].ended == "done" and server.open == 0


def test_each_text_is_a_request() -> None:
    """Over two connections at most: the next is made while one plays."""
    sounds, server, _ = speak("one", "three")
    assert [audio.seconds(pcm) for pcm in sounds] == pytest.approx([0.2, 0.333], abs=0.001)
    assert len(server.requests) == 2 and len({it.peer for it in server.requests}) <= 2


def test_only_what_is_set_is_passed_on() -> None:
    """As some servers know fewer parameters than others."""
    body = {"model": "speech", "voice": "alloy", "input": "one", "response_format": "pcm"}
    assert speak("one")[1].requests[0].body == body
    chosen: dict[str, Any] = {"speed": 0.9, "instructions": "Speak warmly."}
    server = speak("one", **chosen, extra={"lang_code": "h"})[1]
    assert server.requests[0].body == {**body, **chosen, "lang_code": "h"}
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"


def test_a_chunk_may_end_in_the_middle_of_a_sample() -> None:
    """The sound is the same."""
    assert speak("x" * 30, always=Fault(odd=True))[0] == speak("x" * 30)[0]


def test_sound_comes_before_the_text_is_spoken_to_its_end() -> None:
    """The first pieces have left when the server has stopped."""

    async def main() -> None:
        what = Script(first_sound=0.0, always=Fault(hang="between", after=5))
        async with OpenAi(what) as server, bench(OpenAiVoice, settings(server.url)) as voice:
            voice.put(ReplyText(0, "x" * 30))
            await voice.until(AudioOut)

    run(main())


def test_text_that_is_too_long_for_a_request_is_split() -> None:
    """After a word; nothing is lost."""
    text = "word " * 2000
    server = speak(text, script={"letters_per_second": 1e4})[1]
    sent = [it.body["input"] for it in server.requests]
    assert len(sent) == 3 and all(len(part) <= LONGEST for part in sent)
    assert " ".join(sent) == text.strip()


@given(st.text("ab ,.-", max_size=20).map(lambda some: some * 700))
@example(", " * 3000)
@example("a" * 9000)
def test_parts_have_every_letter(text: str) -> None:
    """And fit."""
    found = list(parts(text))
    assert all(0 < len(part) <= LONGEST for part in found)
    assert "".join("".join(found).split()) == "".join(text.split())


# ---- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.fault("F1", "F2")
@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(status=429), Fault(cut=0), Fault(text=""), Fault(hang="first")],
    ids=["500", "429", "connection lost", "nothing", "hangs"],
)
def test_f1_f2_what_fails_once_is_tried_again(fault: Fault) -> None:
    """And then stands in for it what the config has: here the beep."""
    [pcm], server, _ = speak("one", faults=[fault], **SOON)
    assert audio.seconds(pcm) == pytest.approx(0.2, abs=0.001) and len(server.requests) == 2
    [pcm], server, _ = speak("one", always=fault, **SOON)
    assert pcm == audio.beep() and len(server.requests) == 2 and server.open == 0


def test_a_wrong_key_is_not_tried_twice() -> None:
    """What is refused once is refused again; the beep stands in at once, and the call has no fault of its own."""
    [pcm], server, faults = speak("one", always=Fault(status=401), **SOON)
    assert pcm == audio.beep() and len(server.requests) == 1 and faults == 0


@pytest.mark.fault("F6")
@pytest.mark.parametrize("fault", [Fault(cut=30_000), Fault(hang="between", after=6)], ids=["cut", "stalls"])
def test_f6_sound_that_breaks_off_is_not_begun_again(fault: Fault) -> None:
    """The same words are never said twice; the next text is spoken."""
    (broken, whole), server, _ = speak("x" * 30, "one", faults=[fault], **SOON)
    assert 0.5 < audio.seconds(broken) < 0.7 and audio.seconds(whole) == pytest.approx(0.2, abs=0.001)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "how", [SpeechStarted(0, 0.0), Interrupt(0, "", 0.0)], ids=["before it is audible", "barge-in"]
)
def test_an_interruption_closes_the_request(how: SpeechStarted | Interrupt) -> None:
    """The server sees the client go."""

    async def main() -> None:
        what = Script(first_sound=0.0, always=Fault(hang="between", after=2))
        async with OpenAi(what) as server, bench(OpenAiVoice, settings(server.url)) as voice:
            voice.put(ReplyText(0, "x" * 30))
            await voice.until(AudioOut)
            voice.put(how)
            await server.requests[0].over.wait()
            assert server.requests[0].ended == "gone" and not voice.processor.working

    run(main())


def test_a_server_that_is_down_keeps_nobody_from_starting(log: list[str]) -> None:
    """The phrases are tried again in the call."""

    async def main() -> None:
        async with OpenAi() as server:
            down = settings(server.url)
        async with OpenAiVoice.share(down, ("Welcome.",), "en-US") as shared:
            assert shared.prerendered == {"Welcome.": b""}

    run(main())
    assert len(log) == 1 and "no sound for 'Welcome.'" in log[0] and KEY not in log[0]


def test_the_address_and_the_key_are_checked() -> None:
    """Before the first call."""
    assert [field for field, _ in settings("https://api.openai.com/v1", key=Secret("")).lacks()] == ["key"]
    assert [field for field, _ in settings("ftp://x").faults()] == ["base_url"]
    assert not list(settings("http://127.0.0.1:1/v1", key=Secret("")).lacks())
    assert [field for field, _ in settings("https://api.openai.com/v1", rate=16000).faults()] == ["rate"]
    assert not list(settings("http://127.0.0.1:1/v1", rate=16000).faults())


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (b"ID3\x04" + bytes(range(256)) * 40, "audio/pcm", "MP3"),
        (b"OggS\0\x02" + bytes(range(256)) * 40, "application/octet-stream", "Ogg"),
        (b'{"error": "no such voice", "code": 404, "more": "see the list of voices"}', "audio/pcm", "JSON"),
        (bytes(4000), "audio/mpeg", "audio/mpeg"),
    ],
)
def test_a_body_that_is_no_sound(body: bytes, kind: str, name: str, log: list[str]) -> None:
    """It is named in the log, and a fallback speaks: here the beep."""
    pcm, faults = _answered(body, kind)
    assert pcm == audio.beep() and faults == 0
    assert [line for line in log if line.startswith("TTS_ERR") and name in line]


@pytest.mark.fault("F4")
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_a_file_has_the_rate_of_its_header(rate: int) -> None:
    """Neither `rate` nor the content type counts."""
    pcm, _ = _answered(_wav(rate), "audio/mpeg")
    assert audio.seconds(pcm) == pytest.approx(1.0, abs=0.01)


def _wav(rate: int) -> bytes:
    with io.BytesIO() as file:
        with wave.open(file, "wb") as made:
            made.setnchannels(1)
            made.setsampwidth(2)
            made.setframerate(rate)
            made.writeframes(audio.resample(audio.tone(1.0), 8000, rate))
        return file.getvalue()


def _answered(body: bytes, kind: str) -> tuple[bytes, int]:
    """The sound of a text whose server answers with this body, and the call's faults."""

    async def main() -> tuple[bytes, int]:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, headers={"Content-Type": kind})

        app = web.Application()
        app.add_routes([web.post("/v1/audio/speech", answer)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
            async with bench(OpenAiVoice, settings(url)) as voice:
                voice.put(ReplyText(0, "Hello there."), ReplyEnded(0))
                await voice.until(AudioEnded)
                return b"".join(it.pcm for it in voice.of(AudioOut)), voice.call.faults
        finally:
            await runner.cleanup()

    return run(main())
