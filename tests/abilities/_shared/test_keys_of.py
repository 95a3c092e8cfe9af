"""Keys among named texts."""

from __future__ import annotations

import pytest

from abilities._shared.keys_of import keys, mask_keys, written_keys
from pipeline.redaction.secrets import masked


def test_a_key_is_known_by_its_name_and_masked() -> None:
    """Whatever comes before it; other texts stay."""
    named = {"Authorization": "Bearer s3cr3t-of-mcp", "Accept": "application/json-of-mcp"}
    mask_keys(named)
    assert list(keys(named)) == ["Authorization"]
    assert "s3cr3t" not in masked("got s3cr3t-of-mcp") and "json-of-mcp" in masked("application/json-of-mcp")


def test_a_key_that_no_variable_has_is_written_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place may stand for it, too."""
    monkeypatch.setenv("OURS", "from-the-environment")
    named = {"X-Key": "from-the-environment", "Token": "{token}", "Secret": "written"}
    assert list(written_keys(named)) == ["Secret"]
