"""Text that a stream's encoding cannot hold."""

from __future__ import annotations

import io
import json
import os

import pytest

from pipeline.log.encodable import PLAIN, as_utf8, make_encodable

TEXT = "── שלום → • “x” … 😀\udce9"


def printed(text: str, encoding: str) -> str:
    """What arrives of a text that is printed to a stream of this encoding."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    make_encodable(stream, None, io.StringIO())
    stream.write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_signs_have_plain_equivalents_and_letters_are_escaped() -> None:
    """Nothing is raised and nothing is lost."""
    escaped = r'-- \u05e9\u05dc\u05d5\u05dd -> * "x" ... \ud83d\ude00\udce9'
    assert printed(TEXT, "ascii") == escaped
    assert printed(TEXT, "utf-8") == TEXT.replace("\udce9", r"\udce9")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "iso8859-8", "cp437", "koi8-r", "utf-16"])
def test_any_encoding_takes_any_text(encoding: str) -> None:
    """What it has, it keeps."""
    assert "x" in printed(TEXT, encoding)
    assert printed("é", "cp1252") == "é"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_json_says_the_same_in_any_encoding(encoding: str) -> None:
    """Programs read the text as it was: no sign of it is replaced by another."""
    data = {"text": "── שלום → • “x” … 😀 é"}
    for indent in (None, 2):
        assert json.loads(printed(json.dumps(data, ensure_ascii=False, indent=indent), encoding)) == data


def test_only_encoding_is_mended() -> None:
    """Bytes that are no text stay an error."""
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", PLAIN)


def test_an_argument_is_text_where_the_locale_has_no_letters_for_it() -> None:
    """Its bytes are UTF-8, whatever the interpreter took them for."""
    assert as_utf8("שלום") == "שלום"
    assert as_utf8(os.fsdecode("é".encode() + b"\xff")) == "é\ufffd"
