"""Silero's model, as it comes with Kav."""

from hashlib import sha256

from processors.vad.silero.model import FILE, SHA256


def test_the_file_is_the_recorded_one() -> None:
    """Byte for byte, with its licence beside it."""
    assert sha256(FILE.read_bytes()).hexdigest() == SHA256
    assert FILE.with_name("LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2020-present Silero Team")
