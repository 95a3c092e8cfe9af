"""The command line: finds the verb, parses its options and runs it.

`pipeline/tools/FOLDER/verb.py` declares a verb, `options.py` its options; `GROUPS` has the folders in the help's order.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from pipeline import tools
from pipeline.cli.env_file import Note, load_env_file
from pipeline.cli.parser import Parser, ShowVersion
from pipeline.faults import KavError
from pipeline.installation import command
from pipeline.log.encodable import make_encodable
from pipeline.redaction.output import masked_output
from pipeline.redaction.secrets import learn_environment
from pipeline.terminal.columns import columns, padded
from pipeline.terminal.paint import YELLOW, paint_on
from pipeline.tools.verb import ENV_FILE_HELP, EXIT_CODES, Verb

GROUPS = {  # folders in pipeline/tools, in the order of the help
    "run": ("serve", "call", "demo"),
    "configure": ("check", "list", "show", "schema", "graph", "new", "print"),
    "test": ("configtest", "tool", "go", "storm"),
    "understand": ("calls", "report", "replay", "diagnose", "label", "forget"),
    "improve": ("tune", "learn"),
    "operate": ("outbox",),
}
UNWRITTEN = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO)  # errors of an output that cannot be written


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit.

    Exit codes: 0 success, 1 failure, 2 wrong usage, 130 interrupted by Ctrl-C.
    """
    make_encodable(sys.stdout, sys.stderr)
    try:
        with masked_output():
            code = _run(sys.argv[1:] if arguments is None else arguments)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()  # here, where a failure is told of: at the interpreter's exit it would be a traceback
    except OSError as error:
        if error.errno not in UNWRITTEN:
            raise
        code = _unwritten(error)
    sys.exit(code)


def _run(given: Sequence[str]) -> int:
    """Parse the arguments and run their verb; return the exit code."""
    try:
        parsed = _parser(given).parsed(given)
        notes = load_env_file(parsed.env_file)
        learn_environment()
        _tell(notes, getattr(parsed, "log_json", False))
        code: int = parsed.verb.call(parsed)
        return code
    except SystemExit as end:  # of argparse: help was printed, or the use was wrong
        return int(end.code or 0)
    except KavError as error:
        print(error.painted(paint_on(sys.stderr)), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _unwritten(error: OSError) -> int:
    """Drop the output that could not be written, say why unless its reader went away, and return the exit code."""
    lost = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError):
        if error.errno != errno.EPIPE:
            print(f"cannot write: {error.strerror}", file=sys.stderr, flush=True)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):
            os.dup2(lost, stream.fileno())  # or flushing it at exit fails
    return 1


def _tell(notes: Sequence[Note], as_json: bool) -> None:
    """Print the notes on the file of variables to the standard error, in the form of the log."""
    for note in notes:
        line = json.dumps({"level": note.level, "message": note.text}, ensure_ascii=False) if as_json else str(note)
        styles = (YELLOW,) if note.level == "WARNING" and not as_json else ()
        print(paint_on(sys.stderr)(line, *styles), file=sys.stderr)


def verbs() -> dict[str, list[Verb]]:
    """Return all verbs by group, in the order of the help."""
    return {group: [_verb(folder) for folder in folders] for group, folders in GROUPS.items()}


def _verb(folder: str) -> Verb:
    declared = vars(import_module(f"{tools.__name__}.{folder}.verb")).values()
    return next(each for each in declared if isinstance(each, Verb))


def _parser(asked: Sequence[str]) -> Parser:
    """Return the parser; only the verb that is asked for gets its options, to start quickly."""
    found, name = verbs(), "run.py" if command() == "python run.py" else command()
    every = [verb for group in found.values() for verb in group]
    margin = max(columns(verb.name) for verb in every) + 2
    listed = [_listed(group, verbs, margin) for group, verbs in found.items()]
    parser = Parser(
        prog=name,
        usage=f"{name} [-h] VERB ...",
        description="Phone agents as a YAML-declared chain of processors.",
        epilog="\n\n".join([*listed, f"A verb's own options: {name} VERB --help", EXIT_CODES]),
    )
    parser.add_argument("--env-file", metavar="FILE", help=ENV_FILE_HELP)
    parser.add_argument("--version", action=ShowVersion, help="show the versions of Kav and Python, and the extras")
    parser.add_verbs(every, asked)
    return parser


def _listed(group: str, verbs: Sequence[Verb], margin: int) -> str:
    return "\n".join([f"{group}:", *(f"  {padded(verb.name, margin)}{verb.help}" for verb in verbs)])
