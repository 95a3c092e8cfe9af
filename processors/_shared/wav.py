"""A decoder of a voice's answer, with or without a WAV header, whole or in bits, to 8 kHz PCM.

A header's chunks are read one by one: mu-law has a longer `fmt ` and a `fact`, and other chunks may stand anywhere.
 Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); RFC 2361 (codecs).
"""

from __future__ import annotations

import struct
import warnings

from pipeline import audio

with warnings.catch_warnings():  # as in pipeline/audio.py
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

PCM, ALAW, MULAW, EXTENSIBLE = 1, 6, 7, 0xFFFE
CODECS = {"linear16": (PCM, 16), "mulaw": (MULAW, 8), "alaw": (ALAW, 8)}  # name: format tag, bits a sample
UNKNOWN = (0, 0xFFFFFFFF)  # lengths of the data in files written before it was known


class Decoder:
    """Decodes one answer of a voice into 16-bit mono PCM at 8 kHz.

    `codec` (linear16, mulaw, alaw) and `rate` (Hz) hold unless a header says otherwise. `feed` raises ValueError for a
    header with an unsupported format, and for a RIFF file that is not WAVE.
    """

    def __init__(self, codec: str = "linear16", rate: int = audio.RATE) -> None:
        self._tag, self._bits = CODECS[codec]
        self._rate, self._channels = rate, 1
        self._held = b""
        self._begun = False  # True once the first four bytes have been seen
        self._in_header = False
        self._skip = 0  # bytes of irrelevant chunks still to come
        self._left: float = float("inf")  # bytes of sound still to come
        self._resampler: audio.Resampler | None = None

    def feed(self, content: bytes, last: bool = False) -> bytes:
        """Return the sound of the next bytes, cut anywhere; `last` also returns the rest that was held."""
        self._held += content
        if not self._begun and not self._begin(last):
            return b""
        while self._in_header and self._chunk():
            pass
        if self._in_header:
            return b""
        return self._sound(last)

    def _begin(self, last: bool) -> bool:
        """Look for a header; False if too few bytes have come to tell."""
        if self._held[:4] != b"RIFF"[: len(self._held)]:
            self._begun = True
            return True
        if len(self._held) < 12:
            if last and len(self._held) >= 4:
                raise ValueError("a WAV header that ends before it has begun")
            return False
        if self._held[8:12] != b"WAVE":
            raise ValueError("RIFF, but not a WAV file")
        self._held = self._held[12:]
        self._begun = self._in_header = True
        return True

    def _chunk(self) -> bool:
        """Read or skip the next chunk of the header; False at the data, or if more bytes are needed."""
        skipped = min(self._skip, len(self._held))
        self._held, self._skip = self._held[skipped:], self._skip - skipped
        if self._skip or len(self._held) < 8:
            return False
        name, size = struct.unpack_from("<4sI", self._held)
        if name == b"data":
            self._held, self._in_header = self._held[8:], False
            self._left = float("inf") if size in UNKNOWN else size
            return False
        if name == b"fmt ":
            if len(self._held) < 8 + min(size, 26):
                return False
            self._format(self._held[8 : 8 + size])
        self._held, self._skip = self._held[8:], size + size % 2  # chunks begin at even places
        return True

    def _format(self, said: bytes) -> None:
        if len(said) < 16:
            raise ValueError("a WAV header without a format")
        tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", said)
        if tag == EXTENSIBLE and len(said) >= 26:
            (tag,) = struct.unpack_from("<H", said, 24)
        known = bits in ((8, 16, 24, 32) if tag == PCM else (8,))
        if tag not in (PCM, ALAW, MULAW) or not known or channels not in (1, 2) or not 1000 <= rate <= 192_000:
            raise ValueError(f"a WAV file of format {tag}, {bits} bits, {channels} channels, {rate} Hz")
        self._tag, self._bits, self._channels, self._rate = tag, bits, channels, rate

    def _sound(self, last: bool) -> bytes:
        size = self._bits // 8 * self._channels
        taken = int(min(len(self._held), self._left))
        taken -= taken % size
        content, self._held = self._held[:taken], self._held[taken:]
        self._left -= taken
        if self._left < size:  # chunks after the data are no sound
            self._left, self._held = 0, b""
        if self._resampler is None:
            self._resampler = audio.Resampler(self._rate)
        return self._resampler.feed(self._linear(content), last)

    def _linear(self, content: bytes) -> bytes:
        """Return 16-bit mono PCM, at the rate of the source."""
        width = self._bits // 8
        if self._tag == MULAW:
            content = audio.decode(content)
        elif self._tag == ALAW:
            content = audioop.alaw2lin(content, 2)
        elif width == 1:
            content = audioop.lin2lin(audioop.bias(content, 1, -128), 1, 2)  # 8-bit WAV is unsigned
        elif width != 2:
            content = audioop.lin2lin(content, width, 2)
        return content if self._channels == 1 else audioop.tomono(content, 2, 0.5, 0.5)
