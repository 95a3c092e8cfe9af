"""A decoder of a voice's sound, judged by its first bytes: WAV or bare samples, whole or in bits, to 8 kHz PCM.

A header's chunks are read one by one: mu-law has a longer `fmt ` and a `fact`, and other chunks may stand anywhere.
Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); RFC 2361 (codecs).
"""

from __future__ import annotations

import re
import struct
import warnings

from pipeline import audio
from pipeline.tts.containers import LOOK, NotSound, foreign

with warnings.catch_warnings():  # as in pipeline/audio.py
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
CODECS = {"linear16": (PCM, 16), "float32": (FLOAT, 32), "mulaw": (MULAW, 8), "alaw": (ALAW, 8)}  # format tag, bits
BITS = {PCM: (8, 16, 24, 32), FLOAT: (32, 64), ALAW: (8,), MULAW: (8,)}
FOREIGN = {2: "ADPCM", 17: "ADPCM", 49: "GSM", 80: "MPEG", 85: "MP3", 255: "AAC"}  # formats that are not decoded
UNKNOWN = (0, 0xFFFFFFFF)  # lengths of the data in files written before it was known
HEADER = 12  # bytes

_HEADER = re.compile(rb"RIFF.{4}WAVE", re.DOTALL)
_RAW = re.compile(r"^$|octet-stream|pcm(?![ua])|\bl16|linear|raw|wav|s16")  # content types of samples, or of WAV
_LAWS = {"mulaw": re.compile(r"mu-?law|ulaw|basic|pcmu"), "alaw": re.compile(r"\ba-?law|x-alaw|pcma")}
_PARAMETER = re.compile(r";\s*(rate|channels)=\"?(\d+)")


class Decoder:
    """Decodes one answer of a voice into 16-bit mono PCM at 8 kHz.

    `codec` (linear16, float32, mulaw, alaw), `rate` (Hz) and `channels` hold unless a header says otherwise; a header
    may also stand between two sounds. `doubt` names a format that the sender claims and that is not decoded: without a
    header, it is believed. `feed` raises NotSound, which names the format, for anything that is no sound.
    """

    def __init__(self, codec: str = "linear16", rate: int = audio.RATE, channels: int = 1, doubt: str = "") -> None:
        self._tag, self._bits = CODECS[codec]
        self._rate, self._channels = rate, channels
        self._doubt = doubt
        self._held = b""
        self._begun = False  # True once the first bytes have been judged
        self._in_header = False
        self._skip = 0  # bytes of irrelevant chunks still to come
        self._left: float = float("inf")  # bytes of sound still to come
        self._resampler: audio.Resampler | None = None

    @classmethod
    def of_type(cls, content_type: str, rate: int = audio.RATE) -> Decoder:
        """Return the decoder of a body with this content type; `rate` holds for a type that does not name its own."""
        kind, told = content_type.lower(), dict(_PARAMETER.findall(content_type.lower()))
        law = next((name for name, spelt in _LAWS.items() if spelt.search(kind)), "")
        codec = law or ("float32" if re.search(r"float|f32", kind) else "linear16")
        known = law or codec == "float32" or _RAW.search(kind)
        rate = int(told.get("rate", audio.RATE if law else rate))
        return cls(codec, rate, int(told.get("channels", 1)), "" if known else content_type[:40])

    def feed(self, content: bytes, last: bool = False) -> bytes:
        """Return the sound of the next bytes, cut anywhere; `last` also returns the rest that was held."""
        if self._begun and not self._held and self._is_plain and _is_whole(content):
            return content
        self._held += content
        if not self._begun and not self._begin(last):
            return b""
        sound = b""
        while True:
            while self._in_header and self._chunk():
                pass
            if self._in_header:
                return sound
            if (header := _HEADER.search(self._held)) is None:
                return sound + self._sound(len(self._held) if last else _before_header(self._held), last)
            sound += self._sound(header.start(), last=True)
            self._open(header.end() - header.start())

    @property
    def _is_plain(self) -> bool:
        """True within samples that are in the line's form already."""
        form = (self._tag, self._bits, self._channels, self._rate)
        return form == (PCM, 16, 1, audio.RATE) and not self._in_header and self._left == float("inf")

    def _begin(self, last: bool) -> bool:
        """Judge the first bytes; False if too few have come to tell. Raises NotSound if they are no sound."""
        if len(self._held) < LOOK and not last:
            return False
        if self._held[:4] == b"RIFF":
            if len(self._held) < HEADER:
                raise NotSound("a WAV header that ends before it has begun")
            if self._held[8:12] != b"WAVE":
                raise NotSound("RIFF, but not a WAV file")
        elif kind := foreign(self._held) or self._doubt:
            raise NotSound(f"{kind}, neither PCM nor WAV")
        self._begun = True
        return True

    def _open(self, size: int) -> None:
        """Begin to read the header at the start of the held bytes."""
        self._held, self._in_header = self._held[size:], True
        self._skip, self._left, self._resampler = 0, float("inf"), None

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
            raise NotSound("a WAV header without a format")
        tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", said)
        if tag == EXTENSIBLE and len(said) >= 26:
            (tag,) = struct.unpack_from("<H", said, 24)
        if bits not in BITS.get(tag, ()) or not 1 <= channels <= 8 or not 1000 <= rate <= 192_000:
            name = FOREIGN.get(tag, tag)
            raise NotSound(f"a WAV file of format {name}, {bits} bits, {channels} channels, {rate} Hz")
        self._tag, self._bits, self._channels, self._rate = tag, bits, channels, rate

    def _sound(self, size: int, last: bool) -> bytes:
        """Return the sound of the first `size` bytes held, as far as it is whole; `last` flushes the resampler."""
        sample = self._bits // 8 * self._channels
        taken = int(min(size, self._left))
        taken -= taken % sample
        content = self._held[:taken]
        self._left -= taken
        # Chunks after the data are no sound, nor is the rest of a sample before another header.
        over = self._left < sample
        self._held = self._held[size if over or last else taken :]
        self._left = 0 if over else self._left
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
        elif self._tag == FLOAT:
            content = _from_float(content, width)
        elif width == 1:
            content = audioop.lin2lin(audioop.bias(content, 1, -128), 1, 2)  # 8-bit WAV is unsigned
        elif width != 2:
            content = audioop.lin2lin(content, width, 2)
        return content if self._channels == 1 else _mixed(content, self._channels)


def _is_whole(content: bytes) -> bool:
    """True if bytes are whole samples without a header in them, or the beginning of one at their end."""
    return len(content) % 2 == 0 and b"RIFF" not in content and not content.endswith((b"R", b"RI", b"RIF"))


def _before_header(held: bytes) -> int:
    """Return the index of the last bytes that may be the beginning of another header; the length if there are none."""
    at = held.rfind(b"RIFF", max(0, len(held) - HEADER + 1))
    if at >= 0:
        return at
    return next((len(held) - size for size in (3, 2, 1) if held.endswith(b"RIFF"[:size])), len(held))


def _from_float(content: bytes, width: int) -> bytes:
    import numpy as np

    samples = np.nan_to_num(np.frombuffer(content, f"<f{width}"))
    return bytes(np.clip(samples * 32767, -32768, 32767).astype("<i2"))


def _mixed(content: bytes, channels: int) -> bytes:
    import numpy as np

    return bytes(np.frombuffer(content, "<i2").reshape(-1, channels).mean(axis=1).astype("<i2"))
