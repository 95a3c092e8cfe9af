"""The page's resampler: speech passes, images and aliases do not, and no sample is gained or lost."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable

import pytest

from tests.kit.browser import Page
from tests.kit.static_pages import blank_page

RATES = (8000, 16000, 22050, 44100, 48000, 96000)
# A sine through the resampler: the levels, in dB, of some pitches in what comes out, and how many samples that has.
LEVELS = """import("/static/phone/resampler.js").then(({Resampler}) => {
    const [from, to, pitch, wanted] = [%s, %s, %s, %s];
    const line = new Resampler(from, to), out = [];
    for (let at = 0; at < from / 2; at++) {
        line.take(Math.sin(2 * Math.PI * pitch * at / from));
        while (!line.hungry) out.push(line.make());
    }
    const middle = out.slice(Math.round(to / 10), Math.round(to / 10) + Math.round(to / 4));
    const level = (pitch) => {
        let re = 0, im = 0, whole = 0;
        middle.forEach((sample, at) => {
            const window = 1 - Math.cos(2 * Math.PI * (at + 0.5) / middle.length);
            re += window * sample * Math.cos(2 * Math.PI * pitch * at / to);
            im += window * sample * Math.sin(2 * Math.PI * pitch * at / to);
            whole += window;
        });
        return 20 * Math.log10(2 * Math.hypot(re, im) / whole + 1e-9);
    };
    return [out.length, ...wanted.map(level)];
})"""


async def levels(page: Page, rates: tuple[int, int], pitch: float, wanted: Iterable[float]) -> list[float]:
    """The levels of these pitches, in dB, when a sine of `pitch` Hz goes through; half a second has its length."""
    length, *found = await page.evaluate(LEVELS % (*rates, pitch, list(wanted)))
    assert length == math.ceil(rates[0] // 2 * rates[1] / rates[0])
    return [float(it) for it in found]


def test_speech_passes_and_images_do_not() -> None:
    """Flat to 3 kHz, less than 1 dB down at 3.4; images and aliases from 5 kHz on are 75 dB down; both ways."""

    async def scene() -> None:
        async with blank_page() as page:
            for rate in RATES:
                for rates in ((8000, rate), (rate, 8000)):
                    for pitch in (100, 1000, 2900, 3000):
                        assert await levels(page, rates, pitch, [pitch]) == [pytest.approx(0, abs=0.1)], (rates, pitch)
                    assert (await levels(page, rates, 3400, [3400]))[0] > -1
                if rate > 8000:  # a pitch, and its mirror image at the line's rate
                    assert (await levels(page, (8000, rate), 3000, [5000]))[0] < -75, rate
                    assert (await levels(page, (rate, 8000), 5000, [3000]))[0] < -75, rate
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))
