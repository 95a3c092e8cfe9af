"""Types of settings."""

from __future__ import annotations

import pickle

import msgspec

from pipeline.redaction.secrets import masked
from pipeline.settings import Secret
from tests.kit.acme import Shout


def test_a_secret_shows_itself_nowhere_but_when_asked() -> None:
    """Not in print, not in a format, not in a Struct's repr, not in JSON by `str`."""
    key = Secret("sk-1234")
    settings = Shout.Settings(key=key)
    shown = f"{key} {key!r} {key:>5} {[key]} {settings} " + "%s" % key + str(key)  # noqa: UP031
    assert "1234" not in shown + msgspec.json.encode(settings.key, enc_hook=str).decode()
    assert key.reveal() == "sk-1234"
    assert type(key.reveal()) is str


def test_a_key_is_masked_in_a_worker_process_too() -> None:
    """It is known there by being unpacked, without a config that is read."""
    key = "canary-" + "x" * 20
    unpacked = pickle.loads(pickle.dumps(Secret(key)))
    assert isinstance(unpacked, Secret) and unpacked.reveal() == key and f"{unpacked}" == "•••"
    assert masked(f"{key} stand-in") == "••• stand-in"
