"""Settings of Google's voices that cannot work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError, KavError
from processors.tts.google.voice import GoogleVoice
from tests.kit.alone import run
from tests.kit.chain import chain


def test_a_config_that_cannot_work_is_a_fault(config: Callable[..., Config]) -> None:
    """Before the first call."""
    text = chain(tts="tts.google: {voice: he-IL-Wavenet-A, language: en-US, mode: streaming, insecure: true}")
    with pytest.raises(ConfigError) as caught:
        config(text)
    for words in ("not that of the voice", "only Chirp 3 HD", "needs an `endpoint`"):
        assert words in str(caught.value)


@pytest.mark.fault("A10")
def test_without_credentials_it_says_what_to_do(tmp_path: Path) -> None:
    """And shows nothing of the file that is none."""
    (tmp_path / "key.json").write_text('{"type": "service_account", "private_key": "canary"}')

    async def main() -> None:
        async with GoogleVoice.share(GoogleVoice.Settings(credentials=tmp_path / "key.json"), (), "he-IL"):
            pass

    with pytest.raises(
        KavError, match="`credentials` lacks `client_email`, `token_uri`; download the key again"
    ) as caught:
        run(main())
    assert "canary" not in str(caught.value)
