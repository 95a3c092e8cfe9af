'''A verb is a function with its options declared above it.

    @verb(option("path", nargs="+", help="a YAML file"), JSON, example="check configs")
    def check(options: Namespace) -> int:
        """Every fault of these configs, and nothing started."""
        from pipeline.tools.check.check import check

        return check(options.path, options.json)

Its name is the function's, its help the docstring. What it needs is imported inside it, so that no verb waits for
another's imports.
'''

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pipeline.catalog.plugins import Plugins

Run = Callable[[Namespace], int]


class Option(NamedTuple):
    """What `add_argument` is told."""

    names: tuple[str, ...]
    how: dict[str, Any]


class Verb(NamedTuple):
    """A word after `run.py`, its options, and what it does; `run` returns the exit code."""

    name: str
    help: str
    options: tuple[Option, ...]
    example: str
    run: Run

    def add_to(self, parsers: _SubParsersAction[ArgumentParser], *, whole: bool) -> None:
        """Add its parser; without its options unless `whole`: they take a while, and serve only who asks for it."""
        epilog = f"example:\n  python run.py {self.example}"
        parser = parsers.add_parser(
            self.name, help=self.help, epilog=epilog, formatter_class=RawDescriptionHelpFormatter
        )
        for option in self.options if whole else ():
            parser.add_argument(*option.names, **option.how)
        parser.set_defaults(run=self.run)


def option(*names: str, **how: Any) -> Option:
    """Declare an option as `add_argument` takes it."""
    return Option(names, how)


def verb(*options: Option, example: str) -> Callable[[Run], Verb]:
    """Declare a function as a verb; `example` is its use without `python run.py`."""

    def declare(run: Run) -> Verb:
        text = (run.__doc__ or "").rstrip(".")
        text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
        return Verb(run.__name__.strip("_"), text, options, example, run)

    return declare


PORT = option("--port", type=int, default=8080, help="port to listen on (default: %(default)s)")
JSON = option("--json", action="store_true", help="print it as JSON")
OUT = option("--out", metavar="FILE", type=Path, help="write it to this file")
OWN = option("config", nargs="?", help="a config whose own processors are to be among them")
SET = option("--set", metavar="A.B=C", action="append", default=[], help="change a setting, e.g. vad.rms=260")
STAND_INS = option(
    "--stand-ins", action="store_true", help="start stand-ins for the config's providers; no account is needed"
)
LOGGING = (
    option("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR")),
    option("--log-json", action="store_true", help="log lines as JSON"),
)


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run a verb's coroutine to its end; returns its exit code."""
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def own(config: str | None) -> Plugins:
    """The processors of a config's own; none without one."""
    from pipeline.catalog.plugins import NONE

    if config is None:
        return NONE
    from pipeline.config.loading import own  # it reads YAML, for which `list` does not wait

    return own(Path(config))


def log(options: Namespace) -> None:
    """Set up the log as `LOGGING` says, without the secrets of the environment."""
    from pipeline.log.setup import set_up

    set_up(options.log_level, as_json=options.log_json, secrets=secrets())


def secrets() -> list[str]:
    """What the environment has under the names of secrets."""
    return [value for name, value in os.environ.items() if name.endswith(("_TOKEN", "_KEY", "_SECRET", "_PASSWORD"))]
