"""The verbs that read configs and start nothing."""

from __future__ import annotations

from argparse import Namespace

from pipeline.cli.verbs import JSON, option, verb


@verb(
    option("path", nargs="+", help="a YAML file, or a folder of them"),
    option("--strict", action="store_true", help="let warnings fail, too"),
    option("--together", action="store_true", help="as one server would have them: no number or name twice"),
    JSON,
    example="check configs --strict",
)
def check(options: Namespace) -> int:
    """Every fault of these configs, and nothing started."""
    from pipeline.tools.checking import check

    return check(options.path, options.strict, options.json, options.together)
