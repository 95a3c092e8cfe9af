"""The verbs of `python run.py`: each is a few lines in one of these modules, and the work is elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

import pipeline
from pipeline.cli import calls, configs, finding, records, reference
from pipeline.cli.verbs import Verb
from pipeline.faults import KavError


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit: 0 done, 1 what was asked about failed, 2 used wrongly."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given[:1]).parse_args(given)
    try:
        code = options.run(options)
    except KavError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it leaves
        code = 1
    sys.exit(code)


def verbs() -> Iterator[Verb]:
    """Every verb, in the order of the help."""
    for module in (calls, finding, records, configs, reference):
        yield from (each for each in vars(module).values() if isinstance(each, Verb))


def _parser(asked: Sequence[str]) -> argparse.ArgumentParser:
    """What reads the arguments of the verb that is asked for, and knows the others."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Phone agents as a YAML-declared chain of processors.",
        epilog="A verb's own options: run.py VERB --help",
    )
    parser.add_argument("--version", action="version", version=f"Kav {pipeline.__version__}")
    parsers = parser.add_subparsers(metavar="VERB", required=True)
    for verb in verbs():
        verb.add_to(parsers, whole=verb.name in asked)
    return parser
