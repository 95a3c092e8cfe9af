"""The verbs that read configs and start nothing."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from pipeline.cli.verbs import JSON, SET, STAND_INS, option, secrets, verb
from pipeline.faults import UsageError

FIELDS = "file, line, column, width, severity (error or warning), text, hint"


@verb(
    option("path", nargs="+", help="a YAML file, a folder, or a quoted pattern: 'configs/**/*.yaml'"),
    option("--strict", action="store_true", help="let warnings fail, too"),
    option("--online", action="store_true", help="ask each provider once whether it would serve"),
    STAND_INS,
    option("--json", action="store_true", help=f"print the faults as JSON, each with {FIELDS}"),
    example="check configs --strict",
)
def check(options: Namespace) -> int:
    """Every fault of these configs, and nothing started."""
    from pipeline.tools.checking import check

    if options.stand_ins and not options.online:
        raise UsageError("--stand-ins are for --online: without it, no provider is asked")
    if not options.online:
        return check(options.path, options.strict, options.json)
    from pipeline.log import set_up
    from pipeline.tools.online import ask

    set_up("ERROR", secrets=secrets())
    return check(options.path, options.strict, options.json, partial(ask, stand_ins=options.stand_ins))


@verb(
    option("config", help="a YAML file"),
    SET,
    option("--swap", metavar="YAML", help="replace steps first, e.g. '{asr: {asr.script: {say: [hi]}}}'"),
    option("--defaults", action="store_true", help="show settings that are left at their defaults, too"),
    JSON,
    example="print configs/demo.yaml --set vad.rms=300 --defaults",
)
def print_(options: Namespace) -> int:
    """A config with all that it extends, and where each value came from."""
    from pipeline.tools.printing import print_config

    return print_config(options.config, options.set, options.swap, options.defaults, options.json)
