'''Declare a verb of the command line: its options are the fields of a struct, its work is a function.

`pipeline/tools/VERB/options.py` declares the options:

    class CheckOptions(Struct, frozen=True, kw_only=True):
        paths: Annotated[tuple[str, ...], option(metavar="path", nargs="+", help="a YAML file")]
        strict: Annotated[bool, option("--strict", help="let warnings fail, too")] = False
        as_json: Json = False

`pipeline/tools/VERB/verb.py` declares the verb:

    @verb(example="check configs --strict")
    def check(options: CheckOptions) -> int:
        """Print every fault of these configs."""
        from pipeline.tools.check.check import check

        return check(options)

The function's name is the verb's name, its docstring the verb's help. A field's type converts the option's text:
`bool` is a switch, `Literal` gives the choices, and an option with a flag and a `tuple` type may be repeated. The
function imports the modules that do the work when it runs: `--help` and the other verbs do not pay for them.
'''

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct

from pipeline.faults import KavError
from pipeline.installation import command
from pipeline.terminal.paint import paint_on

if TYPE_CHECKING:
    from pipeline.catalog.plugins import Plugins


ENV_FILE_HELP = "read variables from this file (default: .env, if there is one); the environment goes before it"
CLOSING = 5.0  # seconds


EXIT_CODES = "exit codes: 0 success, 1 failure, 2 wrong usage, 130 interrupted by Ctrl-C"


class Option(NamedTuple):
    """An argument of the command line: its flags (none if positional) and the keyword arguments of `add_argument`."""

    flags: tuple[str, ...]
    arguments: dict[str, Any]


class Verb(NamedTuple):
    """A subcommand of the command line; `run` takes its options as a struct and returns the exit code."""

    name: str
    help: str
    example: str
    run: Callable[[Any], int]

    def add_to(self, parsers: _SubParsersAction[Any], *, whole: bool) -> None:
        """Add the verb's parser; with its options only if `whole`, since only the verb that runs needs them."""
        parser = parsers.add_parser(
            self.name,
            help=self.help,
            epilog=f"example:\n  {command(self.example)}\n\n{EXIT_CODES}",
        )
        parser.set_defaults(verb=self)
        if whole:
            parser.add_argument("--env-file", metavar="FILE", default=SUPPRESS, help=ENV_FILE_HELP)
        for field in msgspec.structs.fields(self.options) if whole else ():
            _add(parser, field)

    @property
    def options(self) -> type[Struct]:
        """The struct of its options, read from the annotation of `run`."""
        found: type[Struct] = get_type_hints(self.run)["options"]
        return found

    def call(self, parsed: Namespace) -> int:
        """Make the options from the parsed arguments and run the verb; return its exit code."""
        kind = self.options
        if "allow" in kind.__struct_fields__ and parsed.allow:
            from pipeline.config.allowed_folders import allow

            allow(parsed.allow)
        given = ((name, getattr(parsed, name)) for name in kind.__struct_fields__)
        return self.run(kind(**{name: tuple(it) if isinstance(it, list) else it for name, it in given}))


def option(*flags: str, **arguments: Any) -> Option:
    """Declare a field as an option, or without flags as a positional argument; `arguments` go to `add_argument`."""
    return Option(flags, arguments)


def verb(*, example: str) -> Callable[[Callable[[Any], int]], Verb]:
    """Declare a function as a verb; `example` is a command that uses it, without Kav's own name."""

    def declare(run: Callable[[Any], int]) -> Verb:
        text = (run.__doc__ or "").rstrip(".")
        text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
        return Verb(run.__name__.strip("_"), text, example, run)

    return declare


def _add(parser: ArgumentParser, field: msgspec.structs.FieldInfo) -> None:
    kind, declared = get_args(field.type)
    repeated = ("extend" if "nargs" in declared.arguments else "append") if declared.flags else ""
    arguments = {**_conversion(kind, repeated), **declared.arguments}
    if declared.flags:
        arguments |= {"dest": field.name, "required": field.required}
    if not field.required:
        arguments["default"] = field.default_factory() if field.default is NODEFAULT else field.default
    if arguments.get("action") in ("append", "extend"):
        arguments["default"] = list(arguments.get("default", ()))  # argparse copies this list, then adds to it
    parser.add_argument(*(declared.flags or (field.name,)), **arguments)


def _conversion(kind: Any, repeated: str) -> dict[str, Any]:
    """Return the keyword arguments of `add_argument` for this type; `repeated` is the action of a tuple's option."""
    if NoneType in get_args(kind):
        kind, _ = get_args(kind)
    if kind is bool:
        return {"action": "store_true"}
    if get_origin(kind) is Literal:
        return {"choices": get_args(kind)}
    if get_origin(kind) is tuple:
        item, _ = get_args(kind)
        return {"type": item} | ({"action": repeated} if repeated else {})
    return {"type": kind}


Port = Annotated[int | None, option("--port", type=int, help="port to listen on (default: $PORT, or 8080)")]
Calls = Annotated[
    tuple[str, ...],
    option(metavar="CALL", nargs="+", help="a call's folder, a folder of calls, a pattern of these, or a CallSid"),
]
Json = Annotated[bool, option("--json", help="print it as JSON")]
Out = Annotated[Path | None, option("--out", metavar="FILE", help="write it to this file")]
OwnConfig = Annotated[str | None, option(nargs="?", help="a config; its own processors are included")]
Changes = Annotated[tuple[str, ...], option("--set", metavar="A.B=C", help="change a setting, e.g. vad.rms=260")]
Allow = Annotated[
    tuple[Path, ...], option("--allow", metavar="FOLDER", help="let configs extend files in this folder, too")
]
StandIns = Annotated[
    bool, option("--stand-ins", help="start stand-ins for the config's providers; no account is needed")
]
Really = Annotated[
    bool,
    option("--really", help="let tools do what they are asked to; without it, those that change something rehearse"),
]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], option("--log-level")]
LogJson = Annotated[bool, option("--log-json", help="log lines as JSON")]


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run a verb's coroutine on the fastest loop to its end; return its exit code.

    A task that swallows its cancellation, or a thread that waits for a peer that never answers, would keep the process
    for ever: it is ended, with that exit code or error, if the loop cannot be closed in 5 seconds (CLOSING).
    """
    import asyncio
    import threading

    from pipeline.loop.fastest import new_event_loop
    from pipeline.server import descriptors

    ended: int | KavError
    try:
        descriptors.require()
    except KavError:
        work.close()
        raise
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        try:
            ended = runner.run(work)
        except KavError as error:
            ended = error
        closing = threading.Timer(CLOSING, _abandon, (ended,))
        closing.daemon = True
        closing.start()
    closing.cancel()
    if isinstance(ended, KavError):
        raise ended
    return ended


def _abandon(ended: int | KavError) -> None:
    import os
    import sys

    from loguru import logger

    if isinstance(ended, KavError):
        print(ended.painted(paint_on(sys.stderr)), file=sys.stderr, flush=True)
    logger.error("LATE some work does not end, and is left behind")
    logger.remove()  # which writes the lines that wait
    os._exit(ended.exit_code if isinstance(ended, KavError) else ended)


def plugins(config: str | None) -> Plugins:
    """Return the plug-ins that a config declares; NONE without a config."""
    from pipeline.catalog.plugins import NONE

    if config is None:
        return NONE
    from pipeline.config.loading import own  # reads YAML: imported only for a config, so that `list` starts fast

    return own(config)


def log(level: str, as_json: bool) -> None:
    """Set up the log of a verb."""
    from pipeline.log.setup import set_up

    set_up(level, as_json=as_json)
