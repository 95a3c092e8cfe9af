"""The command line: finds the verb, parses its options and runs it.

`pipeline/tools/FOLDER/verb.py` declares a verb, `options.py` its options; `GROUPS` has the folders in the help's order.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import pipeline
from pipeline.cli.env_file import Note, load_env_file
from pipeline.faults import KavError
from pipeline.tools.verb import ENV_FILE_HELP, Verb

GROUPS = {  # folders in pipeline/tools, in the order of the help
    "run": ("serve", "call", "demo"),
    "configure": ("check", "list", "show", "schema", "graph", "new", "print"),
    "test": ("configtest", "go", "storm"),
    "understand": ("report", "replay", "diagnose", "label"),
    "improve": ("tune",),
}
MARGIN = 10  # columns for a verb's name in the help


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit.

    Exit codes: 0 success, 1 failure, 2 wrong usage, 130 interrupted by Ctrl-C.
    """
    given = sys.argv[1:] if arguments is None else arguments
    parsed = _parser(given).parse_args(given)
    try:
        _tell(load_env_file(parsed.env_file), getattr(parsed, "log_json", False))
        code = parsed.verb.call(parsed)
    except KavError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or flushing it at exit fails
        code = 1
    sys.exit(code)


def _tell(notes: Sequence[Note], as_json: bool) -> None:
    """Print the notes on the file of variables to the standard error, in the form of the log."""
    for note in notes:
        line = json.dumps({"level": note.level, "message": note.text}, ensure_ascii=False) if as_json else note
        print(line, file=sys.stderr)


def verbs() -> dict[str, list[Verb]]:
    """Return all verbs by group, in the order of the help."""
    return {group: [_verb(folder) for folder in folders] for group, folders in GROUPS.items()}


def _verb(folder: str) -> Verb:
    declared = vars(import_module(f"pipeline.tools.{folder}.verb")).values()
    return next(each for each in declared if isinstance(each, Verb))


def _parser(asked: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; only the verb that is asked for gets its options, to start quickly."""
    found = verbs()
    parser = argparse.ArgumentParser(
        prog="run.py",
        usage="run.py [-h] VERB ...",
        description="Phone agents as a YAML-declared chain of processors.",
        epilog="\n\n".join([*map(_listed, found, found.values()), "A verb's own options: run.py VERB --help"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--env-file", metavar="FILE", help=ENV_FILE_HELP)
    parser.add_argument("--version", action="version", version=f"Kav {pipeline.__version__}")
    parsers = parser.add_subparsers(metavar="VERB", required=True, help=argparse.SUPPRESS, prog="run.py")
    for verb in (each for group in found.values() for each in group):
        verb.add_to(parsers, whole=verb.name in asked)
    return parser


def _listed(group: str, verbs: Sequence[Verb]) -> str:
    return "\n".join([f"{group}:", *(f"  {verb.name:<{MARGIN}}{verb.help}" for verb in verbs)])
