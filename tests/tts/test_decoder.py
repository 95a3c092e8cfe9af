from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from pipeline.tts.decoder import Decoder

TONE = audio.tone(0.1)


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content + b"\0" * (len(content) % 2)


def fmt(tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, extra: bytes = b"") -> bytes:
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate, 2, bits) + extra)


def wav(*chunks: bytes) -> bytes:
    return b"RIFF\0\0\0\0WAVE" + b"".join(chunks)


def decoded(content: Any, cuts: list[int] | tuple[Any, ...] = (), codec: str = "linear16") -> bytes:
    """The sound of some bytes, fed in pieces that end at these places."""
    decoder, cuts = Decoder(codec), sorted({min(cut, len(content)) for cut in cuts})
    pieces = [content[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    return b"".join(decoder.feed(piece) for piece in pieces) + decoder.feed(b"", last=True)


def or_error(*args: Any) -> bytes:
    try:
        return decoded(*args)
    except ValueError:
        return None


junk = st.tuples(st.sampled_from([b"LIST", b"fact", b"bext", b"JUNK"]), st.binary(max_size=60)).map(
    lambda it: chunk(*it)
)


@given(
    st.lists(junk, max_size=4), st.lists(junk, max_size=4), st.lists(junk, max_size=4), st.lists(st.integers(0, 2500))
)
def test_any_chunks_in_any_order(
    before: list[bytes], between: list[bytes], after: list[bytes], cuts: list[int]
) -> None:
    """The sound is what stands in `data`, all of it and nothing else, however it is cut."""
    content = wav(*before, fmt(), *between, chunk(b"data", TONE), *after)
    assert decoded(content, cuts) == TONE


@given(st.lists(junk, max_size=3), st.lists(st.integers(0, 2500)))
def test_a_format_after_the_sound_is_too_late(chunks: list[bytes], cuts: list[int]) -> None:
    """What was asked for is taken to have come."""
    assert decoded(wav(*chunks, chunk(b"data", TONE), fmt(rate=16000)), cuts) == TONE


@pytest.mark.fault("F4")
@given(
    st.binary(max_size=300) | st.binary(max_size=300).map(lambda it: wav(it)), st.lists(st.integers(0, 320), max_size=9)
)
def test_any_bytes_do_no_harm(content: bytes, cuts: list[int]) -> None:
    """Sound of whole samples, or a ValueError; the same however they are cut."""
    whole = or_error(content)
    assert whole is None or len(whole) % 2 == 0
    assert or_error(content, cuts) == whole


ULAW = audio.encode(TONE)
EIGHT = bytes(byte ^ 0x80 for byte in TONE[1::2])
SAMPLES = [TONE[at : at + 2] for at in range(0, len(TONE), 2)]


def floats(form: str, channels: int = 1) -> bytes:
    return b"".join(struct.pack(f"<{form}", value / 32767) * channels for value in memoryview(TONE).cast("h"))


@pytest.mark.parametrize(
    ("said", "content", "heard"),
    [
        (fmt(7, bits=8, extra=b"\0\0") + chunk(b"fact", b"\0\0\0\0"), ULAW, audio.decode(ULAW)),
        (fmt(bits=8), EIGHT, b"".join(b"\0" + sample[1:] for sample in SAMPLES)),
        (fmt(bits=24), b"".join(b"\0" + sample for sample in SAMPLES), TONE),
        (fmt(0xFFFE, extra=struct.pack("<HHIH14x", 22, 16, 0, 1)), TONE, TONE),
        (fmt(channels=2), b"".join(sample * 2 for sample in SAMPLES), TONE),
        (fmt(channels=6), b"".join(sample * 6 for sample in SAMPLES), TONE),
        (fmt(3, bits=32), floats("f"), TONE),
        (fmt(3, bits=64, channels=2), floats("d", 2), TONE),
        (fmt(0xFFFE, bits=32, extra=struct.pack("<HHIH14x", 22, 32, 0, 3)), floats("f"), TONE),
    ],
    ids=[
        "mu-law, 58 bytes",
        "8 bits",
        "24 bits",
        "extensible",
        "stereo",
        "six",
        "float",
        "double",
        "float, extensible",
    ],
)
def test_what_the_header_says_counts(said: bytes, content: bytes, heard: bytes) -> None:
    """Not what was asked for."""
    found = decoded(wav(said, chunk(b"data", content)))
    assert len(found) == len(heard)
    assert all(abs(a - b) <= 1 for a, b in zip(memoryview(found).cast("h"), memoryview(heard).cast("h"), strict=True))


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
def test_another_rate_is_resampled(rate: int) -> None:
    """As long as before."""
    assert len(decoded(wav(fmt(rate=rate), chunk(b"data", audio.resample(TONE, 8000, rate))))) == len(TONE)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_length_that_nobody_knew_is_all_that_comes(size: int) -> None:
    """As writers of streams put it."""
    assert decoded(wav(fmt(), chunk(b"data", TONE, size))) == TONE


def test_without_a_header_it_is_what_was_asked_for() -> None:
    """Mu-law, or PCM."""
    assert decoded(audio.encode(TONE), codec="mulaw") == audio.decode(audio.encode(TONE))
    assert decoded(TONE) == TONE


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\0\0",
        b"RIFF\0\0\0\0AVI ....",
        wav(fmt(85)),
        wav(fmt(channels=9)),
        wav(fmt(rate=1)),
        wav(chunk(b"fmt ", b"1")),
    ],
    ids=["cut", "no WAV", "MP3", "nine channels", "1 Hz", "short"],
)
def test_what_is_no_sound_is_an_error(content: bytes | str) -> None:
    """Before any of it is heard."""
    with pytest.raises(ValueError, match="WAV"):
        decoded(content)


@given(
    st.lists(st.sampled_from([8000, 16000, 24000]), min_size=1, max_size=3),
    st.sampled_from([None, 0, 0xFFFFFFFF, 0x7FFFFFFF]),
    st.booleans(),
    st.lists(st.integers(0, 9000), max_size=5),
)
def test_headers_in_the_middle(rates: list[int], size: int | None, bare: bool, cuts: list[int]) -> None:
    """Files one behind the other are their sounds, each at its rate, also behind bare samples; a header is no sound."""
    files = [wav(fmt(rate=rate), chunk(b"data", audio.resample(TONE, 8000, rate), size)) for rate in rates]
    found = decoded(TONE * bare + b"".join(files), cuts)
    assert len(found) == len(TONE) * (len(rates) + bare)
    assert audio.rms(found) == pytest.approx(audio.rms(TONE), rel=0.05)


TYPES = {
    "audio/L16;rate=16000;channels=1": audio.resample(TONE, 8000, 16000),
    'audio/pcm; rate="8000"; channels=2': b"".join(sample * 2 for sample in SAMPLES),
    "audio/pcm": audio.resample(TONE, 8000, 24000),
    "application/octet-stream": audio.resample(TONE, 8000, 24000),
    "": audio.resample(TONE, 8000, 24000),
    "audio/basic": ULAW,
    "audio/x-mulaw;rate=8000": ULAW,
    "audio/PCMU": ULAW,
    "audio/wav": wav(fmt(), chunk(b"data", TONE)),
    "audio/mpeg": wav(fmt(), chunk(b"data", TONE)),
    "text/plain": wav(fmt(), chunk(b"data", TONE)),
}


@pytest.mark.parametrize("kind", TYPES)
def test_a_content_type_is_believed_unless_a_header_knows_better(kind: str) -> None:
    """Its rate and its channels; a type that names none leaves the rate to the settings."""
    decoder = Decoder.of_type(kind, 24000)
    found = decoder.feed(TYPES[kind]) + decoder.feed(b"", last=True)
    assert len(found) == len(TONE) and audio.rms(found) == pytest.approx(audio.rms(TONE), rel=0.05)


@pytest.mark.parametrize("kind", ["audio/mpeg", "audio/ogg; codecs=opus", "text/html", "application/json", "video/mp4"])
def test_a_type_without_samples_is_named(kind: str) -> None:
    """Bytes without a header prove nothing."""
    with pytest.raises(ValueError, match=kind):
        Decoder.of_type(kind).feed(TONE)
