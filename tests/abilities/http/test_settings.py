"""The rules of `http`: a config that could lead a request elsewhere, or lose it, is refused at load."""

from __future__ import annotations

from typing import Any

import pytest

from abilities.http.settings import HttpSettings
from pipeline.arguments import Argument
from pipeline.redaction.secrets import masked

URL = "https://crm.example.com/x"


@pytest.mark.parametrize(
    ("field", "told", "changes"),
    [
        ("get", "has to have an address", {"get": ""}),
        ("post", "has to be one of them: get, post", {"post": URL}),
        ("get", "has a place in its scheme, host or port", {"get": "https://{city}.example.com/x"}),
        ("get", "has a place in its scheme, host or port", {"get": "{url}"}),
        ("get", "has a place in its scheme, host or port", {"get": "https://crm.example.com:{port}/x"}),
        ("get", "has a place in its scheme, host or port", {"get": "https://crm.example.com{city}"}),
        ("get", "has to be an address", {"get": "ftp://crm.example.com"}),
        ("get", "has to be an address", {"get": "crm.example.com/x"}),
        ("get", "is no address", {"get": "https://crm.example.com:99999/x"}),
        ("get", "has a password", {"get": "https://me:pw@crm.example.com/x"}),
        ("get", "has characters", {"get": "https://crm.example.com/a b"}),
        ("get", "beyond ASCII", {"get": "https://דוגמה.example/x"}),
        ("get", "which may be left out", {"get": URL + "/{rooms}"}),
        ("get", "no way `days`", {"get": URL + "/{city|days}"}),
        ("query.n", "has a brace", {"query": {"n": "{city"}}),
        ("json.a[1]", "of the call there are", {"get": "", "post": URL, "json": {"a": [1, "{call.color}"]}}),
        ("json", "`get` has none", {"json": {}}),
        ("headers.X Y", "is no name", {"headers": {"X Y": "1"}}),
        ("headers.Host", "is set by the request", {"headers": {"Host": "a"}}),
        ("headers.X", "has characters", {"headers": {"X": "a\nb: c"}}),
        ("probe", "has a place", {"probe": URL + "/{city}"}),
        ("takes.city.from", "has to be a number", {"takes": {"city": Argument(type="number", least="x")}}),
        ("timezone", "has to be a time zone", {"timezone": "Nowhere"}),
        ("confirm", "has a brace", {"confirm": "{"}),
    ],
)
def test_a_fault_names_its_field(field: str, told: str, changes: dict[str, Any]) -> None:
    """So that the check can show its line."""
    takes = {"city": Argument(), "rooms": Argument(optional=True)}
    found = list(HttpSettings(**{"get": URL, "takes": takes, **changes}).faults())
    assert [(path, told in text) for path, text in found] == [(field, True)], found


def test_doubts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What works and is doubtful: a private address, no encryption, a key that stands in the file."""
    monkeypatch.setenv("CRM_KEY", "key-of-a-sound-setting")
    sound = HttpSettings(get=URL, headers={"Authorization": "Bearer key-of-a-sound-setting", "Accept": "text/csv"})
    assert list(sound.faults()) == list(sound.doubts()) == []
    found = HttpSettings(get="http://crm.example.com", headers={"X-Api-Key": "fedcba9876543210"})
    assert [path for path, _ in found.doubts()] == ["get", "headers.X-Api-Key"]
    assert [path for path, _ in HttpSettings(get="http://10.0.0.1", internal=True).doubts()] == ["internal"]
    assert "fedcba9876543210" not in masked("a line with fedcba9876543210")


def test_a_header_without_its_key_is_told() -> None:
    """Its variable is not set: it is no secret in the file, and what stands before it none to be masked."""
    settings = HttpSettings(get=URL, headers={"Authorization": "Bearer ", "X-Api-Key": ""})
    assert list(settings.doubts()) == []
    assert [path for path, _ in settings.lacks()] == ["headers.Authorization", "headers.X-Api-Key"]
    assert masked("a Bearer of good news") == "a Bearer of good news"
