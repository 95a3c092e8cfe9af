"""The check of a voice's sound before any of it is heard.

A server's error page, a compressed file or samples of another width would be heard as noise.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from pipeline.tts.containers import NotSound, is_noise
from pipeline.tts.decoder import Decoder
from pipeline.tts.shared import TOO_SHORT, SynthesisError


async def checked(sound: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield sound as 16-bit mono PCM at 8 kHz, decoded if it is a WAV file; the first 25 ms are held until they come.

    Raises SynthesisError for anything that is no sound, and for noise, in the middle as well.
    """
    decoder, window, begun = Decoder(), b"", False
    async with aclosing(sound):
        try:
            async for content in sound:
                window += (pcm := decoder.feed(content))
                if len(window) >= TOO_SHORT:
                    if is_noise(window):
                        raise SynthesisError("the sound is noise", again=False)
                    pcm, window, begun = (pcm if begun else window), b"", True
                if begun:
                    yield pcm
            rest = decoder.feed(b"", last=True)
        except NotSound as error:
            raise SynthesisError(f"the sound is {error}", again=False) from None
    if left := rest if begun else window + rest:
        yield left
