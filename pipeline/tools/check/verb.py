"""`check`: the faults of configs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.faults import UsageError
from pipeline.tools.verb import StandIns, option, secrets, verb

FIELDS = "file, line, column, width, severity (error or warning), text, hint"


class CheckOptions(Struct, frozen=True, kw_only=True):
    """The options of `check`."""

    paths: Annotated[
        tuple[str, ...],
        option(metavar="path", nargs="+", help="a YAML file, a folder, or a quoted pattern: 'configs/**/*.yaml'"),
    ]
    strict: Annotated[bool, option("--strict", help="let warnings fail, too")] = False
    together: Annotated[bool, option("--together", help="as one server would have them: no number or name twice")] = (
        False
    )
    online: Annotated[bool, option("--online", help="ask each provider once whether it would serve")] = False
    stand_ins: StandIns = False
    as_json: Annotated[bool, option("--json", help=f"print the faults as JSON, each with {FIELDS}")] = False


@verb(example="check configs --strict")
def check(options: CheckOptions) -> int:
    """Every fault of these configs, and nothing started."""
    from functools import partial

    from pipeline.tools.check.check import check

    if options.stand_ins and not options.online:
        raise UsageError("--stand-ins are for --online: without it, no provider is asked")
    asking = None
    if options.online:
        from pipeline.log.setup import set_up
        from pipeline.tools.check.online import ask

        set_up("ERROR", secrets=secrets())
        asking = partial(ask, stand_ins=options.stand_ins)
    return check(options.paths, options.strict, options.as_json, asking, together=options.together)
