"""Formats that are not samples, known by their first bytes, and noise that no voice makes.

Source: https://www.iana.org/assignments/media-types, and the specifications of the formats.
"""

from __future__ import annotations

import re
import warnings
from codecs import getincrementaldecoder

with warnings.catch_warnings():  # as in pipeline/audio.py
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

LOOK = 48  # bytes that are looked at
LOUD = 6000  # RMS of 16-bit samples; compressed data taken for samples has 7,000 to 19,000, a sibilant below 4,000
CROSSINGS = 0.35  # share of samples at which the sign changes; of random data it is a half, of loud speech a fifth

_MAGIC = {
    b"ID3": "MP3",
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"\x1aE\xdf\xa3": "WebM",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"#!AMR": "AMR",
    b"RIFX": "a big-endian WAV file",
    b"RF64": "RF64",
    b"caff": "CAF",
    b"\x1f\x8b\x08": "gzip",
    b"PK\x03\x04": "a zip file",
    b"%PDF": "PDF",
    b"\x89PNG": "a picture",
}
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]\s*[\"{\[}\]]")
# Frames without a file's header: MPEG audio, layer III, and AAC. No voice begins with such a sample, far from zero.
_MP3 = re.compile(
    rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\x1b\x20-\x2b\x30-\x3b\x40-\x4b\x50-\x5b\x60-\x6b\x70-\x7b\x80-\x8b"
    rb"\x90-\x9b\xa0-\xab\xb0-\xbb\xc0-\xcb\xd0-\xdb\xe0-\xeb]"
)
_AAC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9][\x00-\x2f\x40-\x6f\x80-\xaf]")


class NotSound(ValueError):
    """Bytes that are no sound which can be decoded; its text names the format that they have."""


def foreign(first: bytes) -> str:
    """Return the name of the format that begins with these bytes; blank if they may be samples."""
    if not first or (first[0] == 0 and first[4:8] != b"ftyp"):  # silence, with which most sound begins
        return ""
    for magic, name in _MAGIC.items():
        if first.startswith(magic):
            return name
    if first[4:8] == b"ftyp":
        return "MP4"
    if _MP3.match(first) or _AAC.match(first):
        return "MP3" if _MP3.match(first) else "AAC"
    if _HTML.match(first) and _is_text(first):
        return "HTML"
    if _JSON.match(first) and _is_text(first):
        return f"JSON ({_line(first)})"
    return f"text ({_line(first)})" if len(first) >= LOOK and _is_text(first) else ""


def is_noise(pcm: bytes) -> bool:
    """True if 16-bit PCM is as loud and as random as compressed data, bytes in the wrong order or the wrong width."""
    return audioop.rms(pcm, 2) > LOUD and audioop.cross(pcm, 2) > CROSSINGS * (len(pcm) // 2)


def _is_text(first: bytes) -> bool:
    """True if the bytes are text in UTF-8; a character may be cut at their end."""
    try:
        text = getincrementaldecoder("utf-8")().decode(first[:LOOK])
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign.isspace() for sign in text)


def _line(first: bytes) -> str:
    return " ".join(first[:LOOK].decode("utf-8", "replace").split())
