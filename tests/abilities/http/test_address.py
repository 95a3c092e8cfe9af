"""Addresses: no value leaves its place."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from abilities.http.address import fill
from pipeline.tool import ToolRefused

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT)
def test_a_value_stays_in_its_place(one: str, other: str) -> None:
    """Whatever a model writes, scheme, host, the other parts of the path and the other entries are the config's."""
    try:
        filled = fill("https://crm.example.com:8443/a/{one}/b?x={other}", {"y": "{one}"}, {"one": one, "other": other})
    except ToolRefused:
        assert one in ("", ".", "..")
        return
    parts = urlsplit(str(URL(filled, encoded=True)))
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "crm.example.com:8443", "")
    assert [unquote(part) for part in parts.path.split("/")] == ["", "a", one, "b"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("x", other), ("y", one)]


def test_letters_of_the_config_are_encoded() -> None:
    """An address may be written as people read it."""
    assert fill("https://a.example/דירות/%D7%90", {"שם": "é"}, {}) == (
        "https://a.example/%D7%93%D7%99%D7%A8%D7%95%D7%AA/%D7%90?%D7%A9%D7%9D=%C3%A9"
    )
