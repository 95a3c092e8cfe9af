"""The verbs that read configs and start nothing that anybody could call."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.cli.verbs import JSON, option, verb


@verb(
    option("path", nargs="+", help="a YAML file, or a folder of them"),
    option("--strict", action="store_true", help="let warnings fail, too"),
    JSON,
    example="check configs --strict",
)
def check(options: Namespace) -> int:
    """Every fault of these configs, and nothing started."""
    from pipeline.tools.checking import check

    return check(options.path, options.strict, options.json)


@verb(
    option("path", nargs="+", help="a .test.yaml file, a folder of them, or a config that has one beside it"),
    option("-k", dest="only", metavar="NAME", default="", help="only tests with this in their name"),
    option("--watch", action="store_true", help="play them again whenever a file changes"),
    option("--junit", metavar="FILE", type=Path, help="write a report that CI systems read"),
    JSON,
    example="test configs -k greeted",
)
def test(options: Namespace) -> int:
    """Play the calls that *.test.yaml files describe, in virtual time."""
    from pipeline.tools.configtest.verb import test

    return test(options.path, options.only, options.json, options.junit, options.watch)
