"""The line in the browser's audio thread, exact to the sample at any rate: frames, playback, marks, `clear`."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from pipeline import audio
from tests.kit.browser import Page
from tests.kit.offline_line import BLOCK, ROUTES, Samples, render, sound
from tests.kit.static_pages import blank_page

RATES = (8000, 16000, 22050, 44100, 48000, 96000)
LAG = 0.0022  # seconds, of the resampler: sound is in the middle of a filter that is twice as long
START: dict[str, Any] = {"what": "start"}
CLEAR: dict[str, Any] = {"what": "clear"}


def tone(length: float, pitch: float = 440.0, level: int = 8000) -> bytes:
    """A sine of so many seconds, mu-law."""
    return audio.encode(audio.tone(length, pitch, level))


def mark(name: str) -> dict[str, Any]:
    """The message that asks for a mark."""
    return {"what": "mark", "name": name}


def block(at: float, rate: int) -> float:
    """The first moment from `at` on at which a line takes messages."""
    return float(np.ceil(at * rate / BLOCK - 1e-9)) * BLOCK / rate


def pitches(sound: Samples, rate: int) -> dict[int, float]:
    """The levels of the strongest pitches, by Hz: those above a hundredth."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) * 4 / len(sound)
    peaks = np.flatnonzero((spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])) + 1
    return {round(it * rate / len(sound)): float(spectrum[it]) for it in peaks if spectrum[it] > 0.01}


async def frames(page: Page, rate: int) -> None:
    """Two seconds of a microphone are a hundred frames, which have its pitch and level."""
    line = await render(page, rate, 2, [(0, [START])], microphone={"pitch": 1000, "level": 0.25})
    assert [len(it) for it in line.frames()] == [audio.FRAME_SAMPLES] * 100
    pcm = np.frombuffer(audio.decode(b"".join(line.frames())), "<i2").astype(np.float32) / np.float32(32768)
    assert pitches(pcm[800:8800], audio.RATE) == {1000: pytest.approx(0.25, rel=0.02)}
    assert all(it["microphone"] == pytest.approx(0.25, rel=0.1) for it in line.of("levels")[2:])


async def playback(page: Page, rate: int) -> None:
    """Sound of half a second plays for half a second, from the first block on; its mark comes back at its end."""
    said = tone(0.5)
    line = await render(page, rate, 1, [(0, [mark("before"), sound(said[:1111]), sound(said[1111:]), mark("after")])])
    began, ended = line.audible()
    assert began == pytest.approx(LAG, abs=0.002) and ended == pytest.approx(0.5 + LAG, abs=0.002)
    assert line.marks() == [("before", 0), ("after", pytest.approx(0.5, abs=1.01 * BLOCK / rate))]
    assert not line.heard(0.5 + 3 * LAG, 1).any()
    assert pitches(line.heard(0.1, 0.4), rate) == {440: pytest.approx(8000 / 32768, rel=0.02)}
    wanted = np.frombuffer(audio.decode(said), "<i2").astype(np.float32) / np.float32(32768)
    played = np.interp(np.arange(len(wanted)) / audio.RATE + LAG, np.arange(len(line.sound)) / rate, line.sound)
    assert np.corrcoef(wanted, played)[0, 1] > 0.99


async def clear(page: Page, rate: int) -> None:
    """`clear` ends the sound in the block in which it comes, and sends all marks back; later sound plays."""
    at = block(0.3, rate)
    long = [sound(tone(1)), mark("one"), sound(tone(1)), mark("two"), mark("three")]
    line = await render(page, rate, 1, [(0, long), (at, [CLEAR]), (0.6, [sound(tone(0.1)), mark("new")])])
    assert line.marks()[:3] == [(name, at) for name in ("one", "two", "three")]
    assert np.abs(line.heard(at - 0.01, at)).max() > 0.2
    assert not line.heard(at + 3 * LAG, block(0.6, rate)).any()
    assert line.marks()[3:] == [("new", pytest.approx(0.7, abs=2 * BLOCK / rate))]
    assert line.audible()[1] == pytest.approx(block(0.6, rate) + 0.1 + LAG, abs=0.002)


@pytest.mark.parametrize("shown", [frames, playback, clear])
def test_the_line_is_the_same_at_any_rate(shown: Any) -> None:
    """Its frames, its playback with marks, and `clear`, at the rates that sound devices have."""

    async def scene() -> None:
        async with blank_page(routes=ROUTES) as page:
            for rate in RATES:
                await shown(page, rate)
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 120))


async def warmed(page: Page) -> None:
    """A second of faint noise, during which the microphone is not heard, and then the line."""
    warm = {"what": "warm", "seconds": 1, "peak": 0.03}
    line = await render(page, 48000, 2, [(0, [warm]), (1.498, [START])], microphone={"pitch": 500, "level": 0.5})
    noise = line.heard(0, 1)
    assert 0.029 < np.abs(noise).max() <= 0.03 and abs(float(noise.mean())) < 0.001
    assert np.std(np.abs(np.fft.rfft(noise[:4096]))[100:2000].reshape(-1, 100).mean(axis=1)) < 0.2  # at every pitch
    assert not line.heard(1.01, 2).any()
    assert [it["at"] for it in line.of("warm")] == [pytest.approx(1, abs=0.003)]
    assert len(line.frames()) == 25 and line.told.index(line.of("warm")[0]) < line.told.index(line.of("frame")[0])


async def muted(page: Page) -> None:
    """A muted microphone sends silence, frame by frame, and is heard again afterwards."""
    script = [(0, [START]), (block(0.2, 48000), [{"what": "mute", "on": True}]), (0.4, [{"what": "mute", "on": False}])]
    line = await render(page, 48000, 0.6, script, microphone={"pitch": 500, "level": 0.5})
    assert len(line.frames()) == 30
    assert set(line.frames()[11:20]) == {audio.SILENCE}
    assert all(audio.is_voiced(audio.decode(it)) for it in line.frames()[:10] + line.frames()[21:])


async def ended(page: Page) -> None:
    """A line that is over sends nothing and is silent, though both sides go on."""
    script = [(0, [START, sound(tone(2))]), (0.5, [{"what": "end"}])]
    line = await render(page, 48000, 1, script, microphone={"pitch": 500, "level": 0.5})
    assert len(line.frames()) == 25 and line.told[-1]["at"] <= block(0.5, 48000)
    assert line.audible()[1] == pytest.approx(block(0.5, 48000), abs=0.001)


async def listened(page: Page) -> None:
    """Two queues play at the same time, held back by the lead, and one can be cleared alone."""
    caller, agent = tone(1, 500), tone(1, 800)
    script = [(0, [sound(caller, queue=0), sound(agent, queue=1)]), (0.6, [{**CLEAR, "queue": 1}])]
    line = await render(page, 48000, 1.5, script, queues=2, lead=0.1)
    assert line.audible() == (pytest.approx(0.1 + LAG, abs=0.002), pytest.approx(1.1 + LAG, abs=0.002))
    assert set(pitches(line.heard(0.2, 0.5), 48000)) == {500, 800}
    assert set(pitches(line.heard(0.7, 1.0), 48000)) == {500}


async def bounded(page: Page) -> None:
    """A queue drops its oldest sound at its bound, and says so; the marks in it come back."""
    parts = [sound(tone(0.2, pitch)) for pitch in (400, 600, 900)]
    line = await render(page, 48000, 0.6, [(0, [parts[0], mark("gone"), *parts[1:], mark("last")])], longest=0.4)
    assert [it["seconds"] for it in line.of("dropped")] == [0.2]
    assert line.marks() == [("gone", 0), ("last", pytest.approx(0.4, abs=0.003))]
    assert set(pitches(line.heard(0.05, 0.15), 48000)) == {600} and set(pitches(line.heard(0.25, 0.35), 48000)) == {900}


async def unheard(page: Page) -> None:
    """Before `start` no frame is sent; without a microphone on its input, frames of silence are."""
    line = await render(page, 44100, 1, [(0.495, [START])], microphone={"pitch": 500, "level": 0.5})
    assert len(line.frames()) == 25
    line = await render(page, 44100, 1, [(0, [START])])
    assert set(line.frames()) == {audio.SILENCE} and len(line.frames()) == 50
    assert [it["agent"] for it in line.of("levels")] == [0] * 50


@pytest.mark.parametrize("shown", [warmed, muted, ended, listened, bounded, unheard])
def test_the_line_does_as_it_is_told(shown: Any) -> None:
    """Warm-up, mute, the end, listening to two sides, bounds, and a line without a microphone."""

    async def scene() -> None:
        async with blank_page(routes=ROUTES) as page:
            await shown(page)
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))
