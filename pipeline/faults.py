"""The tree of Kav's errors, and how a fault in a file is shown.

KavError                 root of all errors raised on purpose; `exit_code` 1: the command's task failed
├── CallError            a phone call could not be placed; in pipeline.twilio.twiml
│   └── Rejected         its TwiML rejects it
├── ConfigError          a config has faults; carries all of them
├── ListenError          the server's port or address cannot be used; in pipeline.server.listening
├── ProviderError        a provider did not fulfil a request
│   ├── Exhausted        its quota has no room in time; in pipeline.providers.quota
│   ├── ProviderFault    its server's status, code and words; in processors._shared.openai_client
│   ├── SynthesisError   a voice could not speak; in pipeline.tts.shared
│   └── Unserved         it does not serve this config; in pipeline.providers.probe
├── SettingError         the server cannot start with these settings; in pipeline.server.options
├── TwilioWarning        Twilio's debugger would show this about a message; in pipeline.twilio.playback
├── UsageError           `exit_code` 2: the program was used wrongly
└── WordError            a YAML word names no usable processor
    ├── MissingExtra     a processor needs a package that is not installed
    ├── NoProcessor      a module defines no processor
    └── NotRun           a plug-in's code has not been run, and is not to be; in pipeline.catalog.plugins

Exceptions that never reach a user, because their module or its caller catches them, are not part of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from pipeline.file_stamps import Stamp
from pipeline.installation import INSTALLED, is_installed
from pipeline.redaction.secrets import masked_source
from pipeline.terminal.columns import columns
from pipeline.terminal.paint import BOLD, DIM, PLAIN, RED, YELLOW, Paint

CLIP = 100  # columns of a source line that are shown at most


class KavError(Exception):
    """The root of every error that Kav raises on purpose; its text is for users."""

    exit_code: ClassVar[int] = 1

    def painted(self, paint: Paint) -> str:
        """Return the text of the error for a stream."""
        return paint(str(self), RED)


class ProviderError(KavError):
    """A provider did not fulfil a request: it refused, failed, broke off, or took too long."""


FAILURES = (KavError, OSError, RuntimeError, ValueError)
"""The errors of a provider's code: Kav's own, and those of the libraries that it uses."""


class UsageError(KavError):
    """The program was called with wrong arguments."""

    exit_code = 2


class WordError(KavError):
    """A YAML word names no usable processor; `hint` is a way to repair that, or empty."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.text}\n  {self.hint}" if self.hint else self.text


class MissingExtra(WordError):
    """An optional package is missing; raised by the processor's module while it is imported.

    The text begins with the word that needs it, if that is given.
    """

    def __init__(self, extra: str, package: str, word: str = "") -> None:
        hint = f"`make setup` installs it with the extra `{extra}`; by hand: pip install {package}"
        hint = f'pip install "kav[{extra}]"' if INSTALLED else hint
        super().__init__(f"`{word}` needs {package}, which is not installed".removeprefix("`` "), hint)
        self.extra = extra
        self.package = package


def need(extra: str, package: str, module: str) -> None:
    """Raise MissingExtra if a module is not installed, which a package of one of Kav's extras brings.

    A processor's module calls it first of all; the module that is looked for is not imported.
    """
    if not is_installed(module):
        raise MissingExtra(extra, package)


class NoProcessor(WordError):
    """A module defines no processor, as most modules of a user's own package do not."""


class Place(msgspec.Struct, frozen=True, order=True):
    """A place in a file: line and column count from 1; a line of 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    width: int = 1  # characters

    def part(self, offset: int, width: int) -> Place:
        """Return the place of a word within this one, `offset` characters from its start."""
        return Place(self.file, self.line, self.column + offset, width) if self.line else self

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Fault(msgspec.Struct, frozen=True, order=True):
    """One fault in a file; faults sort by file, line and column."""

    file: str
    line: int  # from 1; 0 for the file as a whole
    column: int  # from 1, in characters
    text: str
    hint: str = ""
    width: int = 1  # characters to underline
    severity: Literal["error", "warning"] = "error"


class ConfigError(KavError):
    """A config cannot be used.

    `faults` are all reasons, sorted and each once; `lines` the source lines of each file that was read; `files` the
    stamps of all files that were looked for, so that a reload can tell when one changes.
    """

    def __init__(
        self,
        faults: Iterable[Fault],
        lines: Mapping[str, Sequence[str]] | None = None,
        files: Mapping[Path, Stamp] | None = None,
    ) -> None:
        self.faults = tuple(sorted(set(faults)))
        self.lines = dict(lines or {})
        self.files = dict(files or {})
        super().__init__(self.faults)

    def __str__(self) -> str:
        return self.painted(PLAIN)

    def painted(self, paint: Paint) -> str:
        """Return all faults, for a stream."""
        return "\n".join(render(fault, source_line(fault, self.lines), paint) for fault in self.faults)


class FaultFound(Exception):
    """Ends the reading of a piece of a config at a fault: carries the place, the text and a hint."""

    def __init__(self, at: Place, text: str, hint: str = "") -> None:
        super().__init__(at, text, hint)
        self.at, self.text, self.hint = at, text, hint


def source_line(fault: Fault, lines: Mapping[str, Sequence[str]]) -> str:
    """Return the line that a fault points at; empty if its file was not read."""
    known = lines.get(fault.file, ())
    return known[fault.line - 1] if 0 < fault.line <= len(known) else ""


def render(fault: Fault, source_line: str = "", paint: Paint = PLAIN) -> str:
    """Return a fault as lines: place and text, the source line with the word underlined, the hint."""
    warns = fault.severity == "warning"
    place = paint(printable(f"{Place(fault.file, fault.line, fault.column)}:"), BOLD)
    kind = paint("warning:", YELLOW) + " " if warns else ""
    shown = [f"{place} {kind}{paint.each_isolated(printable(fault.text))}"]
    if source_line.strip() and fault.line:
        source, caret = _underlined(source_line.rstrip("\r\n"), fault.column - 1, fault.width)
        shown += [paint.each_isolated(source), paint(caret, YELLOW if warns else RED)]
    if fault.hint:
        shown.append(paint(paint.each_isolated(printable(f"  {fault.hint}")), DIM))
    return "\n".join(shown)


@lru_cache(maxsize=16)  # a long line may have thousands of faults
def _safe(line: str) -> str:
    return printable(masked_source(line))


def _underlined(line: str, start: int, width: int) -> tuple[str, str]:
    """Return the part of a line around a word, and the line of carets below it."""
    line = _safe(line)
    start = max(0, min(start, len(line)))
    width = max(1, min(width, len(line) - start, CLIP))
    first = 0 if start + width <= CLIP else min(start, start + width - CLIP // 2)
    last = first + CLIP
    before = ("…" if first else "") + line[first:start]
    marked, after = line[start : start + width], line[start + width : last] + ("…" if last < len(line) else "")
    return f"  {before}{marked}{after}".rstrip(), "  " + " " * columns(before) + "^" * max(1, columns(marked))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint with the known word nearest to this one; empty if none is near."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most similar to this one, in any case of letters; empty if none is similar."""
    if len(word) > 200:  # difflib takes the product of both lengths
        return ""
    lowered = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def printable(text: str) -> str:
    """Return the text with each unprintable character replaced by U+FFFD, a tab by a space: safe for a terminal."""
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in text)


def clipped(text: str, limit: int = 40) -> str:
    """Return the text cut to `limit` characters, with `…` at the end if it was longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
