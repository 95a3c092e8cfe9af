"""Arguments of a model's JSON: read leniently, bounded, and refused in a sentence that a model can act on."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arguments import Argument, Arguments, BadArguments
from pipeline.arguments.argument import ArgumentType
from pipeline.arguments.arguments import MOST

NOW = datetime(2026, 11, 28, 15, 30, tzinfo=ZoneInfo("Asia/Jerusalem"))
TYPES: dict[ArgumentType, dict[str, Any]] = {
    "text": {},
    "number": {"least": 1, "greatest": 8},
    "integer": {},
    "yes_no": {},
    "date": {"least": "today"},
    "time": {"least": "09:00", "greatest": "18:00"},
    "datetime": {"least": "now"},
    "phone": {"region": "IL"},
    "email": {},
    "digits": {"least": 4, "greatest": 9},
    "one_of": {"of": ["yes", "No", "תל אביב"]},
    "list": {"greatest": 3},
}
ALL = Arguments({name: Argument(type=name, optional=True, **more) for name, more in TYPES.items()}, "Asia/Jerusalem")


def test_all_wrong_arguments_are_told_at_once() -> None:
    """The model need not ask once for each."""
    arguments = Arguments({"rooms": Argument(type="number"), "city": Argument()})
    with pytest.raises(BadArguments, match=r"^`rooms` has to be a number; `city` is missing$"):
        arguments.read('{"rooms": "x"}')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"rooms": 3', "one JSON object"),
        ("[1]", "one JSON object"),
        ('"{}"', "one JSON object"),
        ('{"text": NaN}', "one JSON object"),
        ('{"text": "\\ud800"}', "one JSON object"),
        ('{"text":' + "[" * 50_000, "one JSON object"),
        ('{"text": "' + "x" * MOST + '"}', "more than 100 kB"),
        ('{"text": "' + "א" * (MOST // 2) + '"}', "more than 100 kB"),
        ('{"numbr": 3}', "there is no argument `numbr`; did you mean `number`?"),
        ('{"' + "z" * 5000 + '": 3}', "there are text, number"),
    ],
)
def test_malformed_json_is_refused(text: str, told: str) -> None:
    """Whatever a model writes, it gets a short sentence back."""
    with pytest.raises(BadArguments) as error:
        ALL.read(text)
    assert told in str(error.value)
    assert len(str(error.value)) < 300


def test_blank_values_are_left_out() -> None:
    """Models write null or nothing for what they do not know: a needed one is missing then."""
    arguments = Arguments({"city": Argument(), "rooms": Argument(type="number", optional=True)})
    assert arguments.read('{"city": "Haifa", "rooms": null}') == {"city": "Haifa"}
    assert ALL.read("") == ALL.read("null") == ALL.read("{}") == {}
    with pytest.raises(BadArguments, match="`city` is missing"):
        arguments.read('{"city": "  "}')


def test_bounds_are_those_of_the_moment_and_the_zone() -> None:
    """Today begins two hours earlier in Jerusalem than in London, and a bound is not that of the config's loading."""
    late = datetime(2026, 11, 28, 23, 0, tzinfo=ZoneInfo("Europe/London"))
    arguments = Arguments({"day": Argument(type="date", least="today")}, "Asia/Jerusalem")
    with pytest.raises(BadArguments, match="from 2026-11-29"):
        arguments.read('{"day": "2026-11-28"}', late)
    assert arguments.read('{"day": "2026-11-28"}', late - timedelta(hours=2))


def test_without_a_zone_moments_are_wall_time() -> None:
    """A moment has no offset if the config names none; one that a model writes is turned into the machine's time."""
    arguments = Arguments({"at": Argument(type="datetime", least="now")})
    assert arguments.read('{"at": "2999-12-01T10:00"}') == {"at": "2999-12-01T10:00"}
    assert "+" not in arguments.read('{"at": "2999-12-01T10:00+05:00"}')["at"]


def test_values_can_be_sifted() -> None:
    """Those that fit are there beside what is wrong with the others, for a tool that keeps what it understands."""
    fitting, wrong = ALL.sift({"number": 3, "email": "x"}, NOW)
    assert fitting == {"number": 3}
    assert list(wrong) == ["email"]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
LIKELY = st.from_regex(r"\+?[0-9 :TZ.,@-]{0,20}", fullmatch=True) | st.sampled_from(["2026-12-01T10:00", "a@b.co"])


@given(st.dictionaries(st.sampled_from([*TYPES, "other"]), JSON | LIKELY, max_size=4))
def test_any_json_is_read_or_refused(values: dict[str, Any]) -> None:
    """Nothing else happens; and what was read is read again as the same, and fits the schema."""
    try:
        found = ALL.read(json.dumps(values, ensure_ascii=False), NOW)
    except BadArguments as error:
        assert 0 < len(str(error)) < 1000
        return
    assert ALL.read(json.dumps(found), NOW) == found
    jsonschema.validate(found, ALL.schema())


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """A model's arguments are no fault of the call."""
    with contextlib.suppress(BadArguments):
        ALL.read(text, NOW)
