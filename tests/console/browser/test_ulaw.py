"""The page's mu-law is the server's."""

from __future__ import annotations

import asyncio
from array import array

from pipeline import audio
from tests.kit.static_pages import blank_page

ENCODED = """import("/static/phone/ulaw.js").then(({encode}) => {
    let text = "";
    for (let sample = -32768; sample < 32768; sample++) text += encode(sample / 32768).toString(16).padStart(2, "0");
    return text;
})"""
DECODED = 'import("/static/phone/ulaw.js").then(({DECODED}) => Array.from(DECODED, (it) => it * 32768))'
LOUD = 'import("/static/phone/ulaw.js").then(({encode}) => [1, 9, -9, Infinity, NaN].map(encode))'


def test_every_value_is_coded_as_the_server_codes_it() -> None:
    """All 65,536 samples and all 256 bytes agree with `pipeline.audio`; a sample that is too loud is clipped."""

    async def scene() -> None:
        async with blank_page() as page:
            pcm = array("h", range(-32768, 32768)).tobytes()
            assert bytes.fromhex(await page.evaluate(ENCODED)) == audio.encode(pcm)
            assert await page.evaluate(DECODED) == list(array("h", audio.decode(bytes(range(256)))))
            assert await page.evaluate(LOUD) == [0x80, 0x80, 0x00, 0x80, 0xFF]
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))
