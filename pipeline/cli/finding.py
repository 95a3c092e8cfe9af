"""The verbs that find what went wrong on a call."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.cli.verbs import JSON, LOGGING, OUT, SET, STAND_INS, Option, log, option, run, verb

QUIET: tuple[Option, ...] = (option("--log-level", default="WARNING", choices=LOGGING[0].how["choices"]), *LOGGING[1:])


@verb(
    option("target", help="a config (an agent is started for it), or an http(s):// or ws(s):// address"),
    option("--step", metavar="N", type=int, action="append", default=[], choices=range(1, 5), help="this step alone"),
    option("--greeting", choices=("yes", "no"), help="whether a quiet caller is to be greeted (default: the config's)"),
    option("--say", metavar="TEXT", nargs="+", default=[], help="what the caller says, two texts or more"),
    option("--wav", metavar="FILE", type=Path, action="append", default=[], help="the same, as recordings"),
    option("--script", metavar="FILE", type=Path, help="say what is said in this YAML file"),
    option("--language", metavar="TAG", default="", help="that the caller speaks (default: the config's)"),
    option("--patience", metavar="S", type=float, default=15.0, help="seconds to wait for an answer (%(default)s)"),
    option("--token", metavar="T", help="the Twilio auth token to sign with (default: TWILIO_AUTH_TOKEN)"),
    JSON,
    SET,
    STAND_INS,
    *QUIET,
    example="go https://agent.example.com --greeting yes",
)
def go(options: Namespace) -> int:
    """The GO test: four calls to an agent, each step passed or failed, and what to do about it."""
    from pipeline.tools.go.going import Going, go

    log(options)
    return run(go(Going.told(options)))


@verb(
    option("log", nargs="?", default="-", help="a log, as text or as JSON lines (default: the standard input)"),
    JSON,
    example="diagnose agent.log",
)
def diagnose(options: Namespace) -> int:
    """Where each call of a log stopped, which lines say so, and what to do."""
    from pipeline.tools.diagnose.diagnosis import diagnose

    return diagnose(options.log, options.json)


@verb(
    option("folder", metavar="CALL_DIR", type=Path, help="a recorded call: calls/<date>/<call_sid>"),
    OUT,
    option("--sound", action="store_true", help="put the call's sound into the page: 21 kB a second"),
    example="report calls/2026-11-22/CA0123456789abcdef0123456789abcdef --out call.html",
)
def report(options: Namespace) -> int:
    """A recorded call on one page: its sound, words, times and faults."""
    from pipeline.tools.report.reporting import report

    return report(options.folder, options.out, options.sound)
