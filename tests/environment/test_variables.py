"""Variables are declared once and read in one way."""

from __future__ import annotations

import os
import re

import pytest

from pipeline.environment.variables import (
    AUTH_TOKEN,
    OFF,
    ON,
    PUBLIC_BASE_URL,
    VARIABLES,
    notes,
    read,
    secret_values,
    switch,
    told,
)
from tests.house.measures import ROOT, SOURCES


def test_the_environment_is_read_in_one_place() -> None:
    """No other module asks the operating system for a variable, so that each one is declared and documented."""
    own = ROOT / "pipeline/environment/variables.py"
    asking = re.compile(r"\bos\.(environb?|getenvb?|putenv|unsetenv)\b|from os import [^\n]*env")
    assert [path for path in SOURCES if path != own and asking.search(path.read_text(encoding="utf-8"))] == []


def test_each_variable_is_declared_once_and_explained() -> None:
    """With one sentence at least, and its readers."""
    assert len({each.name for each in VARIABLES}) == len(VARIABLES)
    assert all(each.doc.endswith(".") and each.read_by for each in VARIABLES)


@pytest.mark.parametrize("spelling", [*ON, *OFF])
def test_a_switch_has_usual_spellings(spelling: str) -> None:
    """In any case of letters, with white space around it."""
    for text in (spelling, spelling.upper(), f" {spelling.title()}\r"):
        assert switch(text) is (spelling in ON)


@pytest.mark.parametrize("text", ["", "maybe", "2", "truee", "00"])
def test_anything_else_is_no_switch(text: str) -> None:
    """It is neither on nor off."""
    assert switch(text) is None


def test_a_value_is_read_clean_and_its_marks_are_told_once(log: list[str]) -> None:
    """The warning names the variable and never shows the value."""
    environment = {AUTH_TOKEN.name: ' "canary-7"\n', PUBLIC_BASE_URL.name: "https://a.example"}
    assert read(AUTH_TOKEN, environment) == "canary-7"
    assert (told(AUTH_TOKEN, environment), told(AUTH_TOKEN, environment)) == ("canary-7", "canary-7")
    assert len([line for line in log if AUTH_TOKEN.name in line]) <= 1
    assert "canary" not in "".join(log)
    [(name, text)] = notes(environment)
    assert name == AUTH_TOKEN.name and "quotes" in text and "canary" not in text
    assert [name for name, _ in notes({AUTH_TOKEN.name: "changeme"})] == [AUTH_TOKEN.name]


@pytest.mark.parametrize("name", ["MY_KEY", "crm_token", "APIKEY_2", "DB_PASSWORD", "DB_PASS", "GITHUB_PAT"])
def test_variables_named_as_secrets_hold_some(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Other names, such as MONKEY and PWD, do not."""
    monkeypatch.setenv(name, '"canary-8"')
    monkeypatch.setenv("MONKEY", "banana-77")
    assert '"canary-8"' in secret_values() and not {"banana-77", os.environ.get("PWD")} & set(secret_values())
