"""The content of a key file, told from a path and mended."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from processors._shared.google_key import content, is_content, is_private_key
from tests.kit.accounts import key_file, private_key


@pytest.mark.parametrize("text", ["", "account.json", "/etc/secrets/account.json", "C:\\keys\\a.json", "keys/YWJj"])
def test_a_path_is_no_content(text: str) -> None:
    """Nor is a path that could be base64."""
    assert not is_content(text)


def test_content_is_known_plain_and_in_base64() -> None:
    """By its first brace."""
    assert is_content(' {"type": "x"}') and is_content(b64encode(b'{"type": "x"}').decode())


@pytest.mark.parametrize("end", ["\\n", "\r\n", " ", "\\r\\n", ""])
def test_a_private_key_in_a_file_is_mended(tmp_path: Path, end: str) -> None:
    """Escaped twice, with another system's line ends, or in one line."""
    broken = private_key().replace("\n", end)
    assert is_private_key(content(key_file(tmp_path, private_key=broken))["private_key"])
