"""The verbs that read configs and start nothing that anybody could call."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from pathlib import Path

from pipeline.cli.verbs import JSON, OUT, OWN, SET, STAND_INS, option, own, secrets, verb
from pipeline.faults import UsageError

FIELDS = "file, line, column, width, severity (error or warning), text, hint"


@verb(
    option("path", nargs="+", help="a YAML file, a folder, or a quoted pattern: 'configs/**/*.yaml'"),
    option("--strict", action="store_true", help="let warnings fail, too"),
    option("--together", action="store_true", help="as one server would have them: no number or name twice"),
    option("--online", action="store_true", help="ask each provider once whether it would serve"),
    STAND_INS,
    option("--json", action="store_true", help=f"print the faults as JSON, each with {FIELDS}"),
    example="check configs --strict",
)
def check(options: Namespace) -> int:
    """Every fault of these configs, and nothing started."""
    from pipeline.tools.check.check import check

    if options.stand_ins and not options.online:
        raise UsageError("--stand-ins are for --online: without it, no provider is asked")
    if not options.online:
        return check(options.path, options.strict, options.json, together=options.together)
    from pipeline.log.setup import set_up
    from pipeline.tools.check.online import ask

    set_up("ERROR", secrets=secrets())
    asking = partial(ask, stand_ins=options.stand_ins)
    return check(options.path, options.strict, options.json, asking, together=options.together)


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
    from pipeline.tools.print.printing import print_config

    return print_config(options.config, options.set, options.swap, options.defaults, options.json)


@verb(OWN, OUT, example="schema --out kav.schema.json")
def schema(options: Namespace) -> int:
    """JSON Schema of a config, for editors."""
    from pipeline.tools.schema.schema import write

    return write(options.out, own(options.config))


@verb(
    option(
        "words",
        nargs="*",
        help="the steps, or files of your own, between spaces, commas or arrows; none: an offline chain",
    ),
    option("--language", default="en-US", help="the language of the call (default: %(default)s)"),
    OUT,
    example='new "twilio_serializer, vad, end_of_utterance, asr, llm, tts, pacer, twilio_sink" --out my.yaml',
)
def new(options: Namespace) -> int:
    """A config to start from, with every setting of these steps in it."""
    from pipeline.tools.new.starter import new

    return new(" ".join(options.words), options.language, options.out)


@verb(
    option("config", help="a YAML file"),
    option("--svg", metavar="FILE", type=Path, help="write a picture to this file, which needs no other tool"),
    option("--swap", metavar="YAML", default="", help='steps in the place of others, e.g. "vad: vad.energy"'),
    SET,
    example="graph configs/demo.yaml --svg demo.svg",
)
def graph(options: Namespace) -> int:
    """The chain of a config, with what travels on it: Mermaid text, or a picture."""
    from pipeline.tools.graph.svg import draw

    return draw(options.config, options.svg, options.swap, options.set)


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


@verb(
    option("config", nargs="?", default="configs/demo.yaml", help="a YAML file (default: %(default)s)"),
    option("--calls", metavar="N", type=int, default=1000, help="how many, five at a time (default: %(default)s)"),
    option("--seed", metavar="N", type=int, default=1, help="of the run: the same one is the same calls (%(default)s)"),
    option("--only", metavar="SEED", type=int, help="the five calls of this seed alone, as a failure names it"),
    SET,
    JSON,
    example="storm configs/demo.yaml --calls 200 --seed 7",
)
def storm(options: Namespace) -> int:
    """Random callers and providers at their worst, in virtual time, judged by what holds in every call."""
    from pipeline.tools.storm.report import Asked
    from pipeline.tools.storm.verb import storm

    told = {"calls": options.calls, "seed": options.seed, "only": options.only, "changes": tuple(options.set)}
    return storm(Asked(config=options.config, **told), options.json)
