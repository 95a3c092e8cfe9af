"""`@verb` and `option`: a struct's fields are the options of a verb."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Struct

from pipeline.tools.verb import Json, option, verb

SEEN: list[Any] = []


class ShoutOptions(Struct, frozen=True, kw_only=True):
    """One field of each kind."""

    words: Annotated[tuple[str, ...], option(metavar="word", nargs="+")]
    times: Annotated[int, option("--times", help="how often (%(default)s)")] = 2
    files: Annotated[tuple[Path, ...], option("--file")] = ()
    say: Annotated[tuple[str, ...], option("--say", nargs="+")] = ()
    pitch: Annotated[Literal["high", "low"] | None, option("--pitch")] = None
    limit: Annotated[float, option("--limit")]
    as_json: Json = False


@verb(example="shout hello --limit 1")
def shout(options: ShoutOptions) -> int:
    """Say it aloud."""
    SEEN.append(options)
    return 3


def run(*arguments: str) -> ShoutOptions:
    parser = argparse.ArgumentParser()
    shout.add_to(parser.add_subparsers(), whole=True)
    parsed = parser.parse_args(["shout", *arguments])
    assert parsed.verb.call(parsed) == 3
    options: ShoutOptions = SEEN.pop()
    return options


def test_options_come_as_their_types() -> None:
    """What was given is converted, what was not is at its default."""
    given = run("a", "b", "--limit", "1", "--file", "x", "--file", "y", "--pitch", "low", "--json")
    assert given == ShoutOptions(words=("a", "b"), limit=1.0, files=(Path("x"), Path("y")), pitch="low", as_json=True)
    assert run("a", "--limit", "2") == ShoutOptions(words=("a",), limit=2.0)


def test_a_repeated_option_with_several_values_loses_none() -> None:
    """`--say a --say b c` is three texts, and the next parse begins afresh."""
    assert run("x", "--limit", "1", "--say", "a", "--say", "b", "c").say == ("a", "b", "c")
    assert run("x", "--limit", "1", "--say", "d").say == ("d",)


@pytest.mark.parametrize("wrong", [(), ("a",), ("a", "--limit", "x"), ("a", "--limit", "1", "--pitch", "mid")])
def test_wrong_options_are_told(wrong: tuple[Any, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing or of another type is wrong use."""
    with pytest.raises(SystemExit) as ended:
        run(*wrong)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


def test_the_help_is_the_docstring() -> None:
    """In one line, as the list of verbs has it."""
    assert (shout.name, shout.help, shout.options) == ("shout", "say it aloud", ShoutOptions)
