"""`check`: the faults of configs."""

from __future__ import annotations

from pipeline.faults import UsageError
from pipeline.tools.check.options import CheckOptions
from pipeline.tools.verb import verb


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

        set_up("ERROR")
        asking = partial(ask, stand_ins=options.stand_ins)
    return check(options.paths, options.strict, options.as_json, asking, together=options.together)
