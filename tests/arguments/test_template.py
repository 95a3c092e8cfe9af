"""Templates: places filled with values, never read twice, checked at load."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arguments import Template
from pipeline.arguments.template import MISSING, fill_data, texts

VALUES = {"rooms": 3, "city": "תל אביב", "yes": True, "result": {"count": 2}, "call.caller": "+1", "none": None}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{rooms} rooms in {city}", "3 rooms in תל אביב"),
        ("{result.count}, {call.caller}", "2, +1"),
        ("{missing}{none}{result.missing}{city.x}.", "."),
        ("{{rooms}} {yes}", "{rooms} yes"),
    ],
)
def test_places_are_filled(text: str, filled: str) -> None:
    """A place without a value is blank."""
    assert Template(text).fill(VALUES, "en-US") == filled


def test_data_keeps_the_types_of_values() -> None:
    """A text that is one place is its value; an entry that lacks a value is left out, in lists too."""
    data = {
        "n": "{rooms}",
        "t": "{rooms}.",
        "way": "{rooms|digits}",
        "b": ["{yes}", "{yes}!", "{missing}"],
        "m": "a{none}",
        "k": 7,
    }
    assert fill_data(data, VALUES) == {"n": 3, "t": "3.", "way": "3", "b": [True, "true!"], "k": 7}
    assert Template("{missing}").value(VALUES) is MISSING
    assert list(texts(data, "json"))[3] == ("json.b[0]", "{yes}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{rooms|days}", "did you mean `day`?"),
        ("{rooms|x}", "there is no way `x`: day, date"),
        ("{romms}", "did you mean `rooms`?"),
        ("{call.x}", "there is no such value"),
        ("{rooms", "has a brace"),
        ("{ rooms }", "has a brace"),
        ("{}", "has a brace"),
        ("rooms}", "has a brace"),
    ],
)
def test_faults_of_templates(text: str, told: str) -> None:
    """A place that is mistyped is told, and never said to a caller."""
    found = list(Template(text).faults(["rooms", "result", "call.caller"]))
    assert any(told in each for each in found), found


def test_sound_templates_have_no_faults() -> None:
    """Nor does one of whose names nothing is known."""
    known = ["rooms", "result", "call.caller"]
    assert list(Template("{rooms|spell} {{x}} {result.count} {call.caller}").faults(known)) == []
    assert list(Template("{whatever}").faults()) == []


@given(st.text())
def test_braces_written_twice_are_text(text: str) -> None:
    """Any text can be written, and comes out as it is."""
    template = Template(text.replace("{", "{{").replace("}", "}}"))
    assert template.fill({}, "en") == text
    assert not template.places
    assert list(template.faults()) == []


JSON = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.text())
    | st.sampled_from(["{b}", "{{"])
)


@given(
    JSON,
    st.sampled_from(["", "|day", "|date", "|hour", "|digits", "|spell", "|money"]),
    st.sampled_from(["he-IL", "en", "xx"]),
)
def test_a_value_is_never_a_template(value: Any, way: str, language: str) -> None:
    """Whatever a caller says is put in once: braces in it stay braces; no value and no way raises."""
    said = Template(f"<{{a{way}}}>").fill({"a": value, "b": "secret"}, language)
    assert said[0] == "<" and said[-1] == ">"
    assert "secret" not in said.replace(str(value), "")
    assert isinstance(Template(f"{{a}}{{a{way}}}").value({"a": value, "b": "secret"}), str) or value is None
