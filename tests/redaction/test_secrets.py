"""Secrets are masked by value, in each form that text gives them."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.redaction.secrets import LEAST_SET, Secrets, masked_source, passwords

KEY = 'sk-Te"st/01+23&45=ü'


def known(*values: str, least: int = 0) -> Secrets:
    """Secrets with these values."""
    secrets = Secrets()
    secrets.learn(*values, least=least)
    return secrets


@pytest.mark.parametrize(
    "dirt", ["{}", "{}\n", "\r\n{} ", '"{}"', "Bearer {}", "export MY_KEY={}", "\u200b{}\ufeff", "{};"]
)
@pytest.mark.parametrize("read", [lambda key: key, str.strip])
def test_dirt_around_a_key_hides_nothing(dirt: str, read: object) -> None:
    """However the key was pasted, it is masked as it was set, and as it is used."""
    key = KEY.replace('"', "")
    secrets = known(dirt.format(key))
    for text in (dirt.format(key), key, repr(dirt.format(key)), json.dumps({"key": dirt.format(key)})):
        assert key not in secrets.masked(text) and "•••" in secrets.masked(text)


@pytest.mark.fault("I-1")
@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=8, max_size=40))
def test_no_form_of_a_key_survives(text: str) -> None:
    """Raw, percent-encoded, escaped for JSON once and twice, for HTML and for Python, and in hexadecimal."""
    key = f"sk{text}-1"
    secrets, twice = known(key), json.dumps(json.dumps(key))[1:-1]
    forms = [key, quote(key), quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1], twice[2:-2], repr(key)[1:-1]]
    forms += [json.dumps(key, ensure_ascii=False)[1:-1], html.escape(key), key.encode().hex()]
    for form in forms:
        assert "•••" in secrets.masked(f"before {form} after"), form
        assert form not in secrets.masked(f"before {form} after"), form


@pytest.mark.fault("I-1")
@given(st.binary(max_size=8), st.binary(max_size=8), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_a_key_in_base64_of_longer_data_is_masked(before: bytes, after: bytes, encode: object) -> None:
    """As in `Authorization: Basic`, at any place of the data: at most the characters at its ends are left."""
    text = encode(before + KEY.encode() + after).decode()  # type: ignore[operator]
    shown = known(KEY).masked(text)
    assert "•••" in shown
    left = (len(before) + 2) // 3 * 4 + (len(after) + 2) // 3 * 4 + 8
    assert len(shown) <= left + 3


def test_a_key_file_is_masked_in_its_parts() -> None:
    """The private key of a key file in JSON, or in the base64 of it, by itself and line by line."""
    lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
    content = json.dumps({"type": "service_account", "private_key": key, "token_uri": "https://oauth2.example/token"})
    for value in (content, base64.b64encode(content.encode()).decode()):
        secrets = known(value)
        assert not [line for line in lines if line in secrets.masked(f"bad {lines[0]}, {key}, {content}")]
        assert secrets.masked("https://oauth2.example/token -----BEGIN PRIVATE KEY-----").count("•••") == 0


@pytest.mark.parametrize("value", ["", "abc", "none", "not-needed", "2026", "12345", "•••", "...", "true"])
def test_words_are_no_secrets(value: str) -> None:
    """Masking them would blank out half of every text."""
    assert known(value, least=LEAST_SET).masked(f"a {value} b") == f"a {value} b"


def test_a_secret_inside_another_leaves_no_rest() -> None:
    """The longest is masked first."""
    assert known("canary-1", "canary-1-long-2").masked("canary-1-long-2 canary-1") == "••• •••"


def test_passwords_in_urls_are_found() -> None:
    """Whatever their variable is called."""
    assert list(passwords(["redis://:pa55word@h:1/0", "https://u:other-1@h", "https://h/a:b@c", "x"])) == [
        "pa55word",
        "other-1",
    ]


def test_a_source_line_keeps_its_width() -> None:
    """So that a caret below it points at the same word."""
    line = "- llm.openai: {key: sk-abcdefgh, modl: x}"
    assert len(masked_source(line)) == len(line) and "abcdefgh" not in masked_source(line)


def test_a_placeholder_is_no_secret() -> None:
    """Neither a CallSid, nor a StreamSid nor a vad's judgements are masked because of a token of zeros."""
    secrets = Secrets()
    secrets.learn("0" * 32)
    for text in ("CA" + "0" * 32, "MZ" + "0" * 32, "0" * 64 + "1"):
        assert secrets.masked(text) == secrets.dotted(text) == text
