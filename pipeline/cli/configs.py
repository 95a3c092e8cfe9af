"""The verbs that read configs and start nothing."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from pipeline.cli.verbs import JSON, STAND_INS, option, secrets, verb
from pipeline.faults import UsageError


@verb(
    option("path", nargs="+", help="a YAML file, or a folder of them"),
    option("--strict", action="store_true", help="let warnings fail, too"),
    option("--together", action="store_true", help="as one server would have them: no number or name twice"),
    option("--online", action="store_true", help="ask each provider once whether it would serve"),
    STAND_INS,
    JSON,
    example="check configs --strict",
)
def check(options: Namespace) -> int:
    """Every fault of these configs, and nothing started."""
    from pipeline.tools.checking import check

    if options.stand_ins and not options.online:
        raise UsageError("--stand-ins are for --online: without it, no provider is asked")
    if not options.online:
        return check(options.path, options.strict, options.json, together=options.together)
    from pipeline.log import set_up
    from pipeline.tools.online import ask

    set_up("ERROR", secrets=secrets())
    asking = partial(ask, stand_ins=options.stand_ins)
    return check(options.path, options.strict, options.json, asking, together=options.together)
