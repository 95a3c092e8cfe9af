"""The parser of the command line: argparse's, with a suggestion for a misspelt verb, option or choice."""

from __future__ import annotations

import platform
import re
import sys
from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from pipeline import __version__
from pipeline.faults import did_you_mean, printable
from pipeline.installation import is_installed
from pipeline.terminal.paint import BOLD, RED, paint_on
from pipeline.tools.verb import Verb

EXTRAS = {  # the extras of the package, each with the modules that it brings; `hebrew` and `all` are several of them
    "google": ("google.cloud.speech", "google.cloud.texttospeech", "grpc", "cryptography"),
    "openai": ("openai",),
    "offline": ("espeakng_loader", "pocketsphinx"),
    "silero": ("onnxruntime",),
    "phones": ("phonenumbers",),
    "mcp": ("mcp",),
    "tune": ("matplotlib",),
}
_HEADING = re.compile(r"^\S[^\n]*:$|^usage:", re.MULTILINE)


class Parser(ArgumentParser):
    """A parser whose errors suggest the nearest known word, and whose help has bold headings on a terminal."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**{"formatter_class": RawDescriptionHelpFormatter, **arguments})
        self.color = False  # argparse's own colours, from Python 3.14 on: they would differ from all others here
        self._parsers: dict[str, Parser] = {}

    def add_verbs(self, verbs: Iterable[Verb], asked: Sequence[str]) -> None:
        """Add a parser for each verb, those that are asked for with their options."""
        parsers = self.add_subparsers(metavar="VERB", help=SUPPRESS, prog=self.prog, dest="name")
        for verb in verbs:
            verb.add_to(parsers, whole=verb.name in asked)
        self._parsers = dict(parsers.choices)

    def parsed(self, given: Sequence[str]) -> Namespace:
        """Return the parsed arguments; exit with 2 if they are wrong, after the help if there is no verb."""
        verb = next((self._parsers[each] for each in given if each in self._parsers), self)
        # Before argparse, which would complain of a missing argument, and not of the option that took its place.
        if wrong := [each for each in given[: _end(given)] if verb.lacks(each) and self.lacks(each)]:
            verb.error(f"unrecognized arguments: {' '.join(wrong)}{verb.suggestion(wrong[0])}")
        found, unknown = self.parse_known_args(given)
        if unknown:
            early = [each for each in unknown if each in verb._flags]
            hint = f"; {early[0]} belongs behind the verb" if early else ""
            verb.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        if found.name is None:
            self.print_help(sys.stderr)
            self.exit(2)
        return found

    def lacks(self, text: str) -> bool:
        """True for a long option that is none of this parser's, nor the beginning of one."""
        is_option = text.startswith("--") and text != "--" and " " not in text
        return is_option and not any(flag.startswith(text.partition("=")[0]) for flag in self._flags)

    def suggestion(self, option: str) -> str:
        """Return a question after the option that may have been meant; empty if none is near."""
        return _question(did_you_mean(option.partition("=")[0], self._flags))

    @property
    def _flags(self) -> list[str]:
        return [flag for action in self._actions for flag in action.option_strings]

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        self.print_usage(sys.stderr)
        self.exit(2, paint_on(sys.stderr)(printable(f"{self.prog}: error: {message}"), RED) + "\n")

    def _check_value(self, action: Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        near = _question(did_you_mean(str(value), map(str, action.choices)))
        if action.dest == "name":
            raise ArgumentError(None, f"there is no verb `{value}`{near or f'; {self.prog} --help lists them'}")
        listed = ", ".join(map(str, action.choices))
        raise ArgumentError(action, f"invalid choice: `{value}`; choose from {listed}{near}")

    def _print_message(self, message: str, file: Any = None) -> None:
        paint = paint_on(file)
        super()._print_message(_HEADING.sub(lambda found: paint(found[0], BOLD), message), file)


class ShowVersion(Action):
    """The option that prints the versions, and which extras are installed, and exits."""

    def __init__(self, option_strings: Sequence[str], dest: str, **arguments: Any) -> None:
        super().__init__(option_strings, SUPPRESS, nargs=0, **arguments)

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        """Print them."""
        print(version())
        parser.exit()


def version() -> str:
    """Return the versions of Kav, Python and the platform, and which extras are installed, as lines."""
    there = {extra: all(map(is_installed, modules)) for extra, modules in EXTRAS.items()}
    extras = ", ".join(f"{extra} {'installed' if found else 'not installed'}" for extra, found in there.items())
    python = f"Python {platform.python_version()}, {platform.platform()}"
    return f"Kav {__version__}\n{python}\nextras: {extras}"


def _end(given: Sequence[str]) -> int:
    """Return the place of the `--` after which no argument is an option."""
    return given.index("--") if "--" in given else len(given)


def _question(hint: str) -> str:
    return f"; {hint}" if hint else ""
