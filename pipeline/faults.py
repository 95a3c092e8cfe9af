"""The tree of Kav's errors, and how a fault in a file is shown.

KavError                 root of all that is raised on purpose; `exit_code` 1: the thing asked about failed
├── CallError            a phone call could not be placed; in pipeline.twilio.twiml
│   └── Rejected         its TwiML rejects it
├── ConfigError          a config has faults; carries all of them
├── ListenError          the server's port or address cannot be used; in pipeline.server.listening
├── ProviderError        a provider did not do what it was asked to
│   ├── Exhausted        its quota has no room in time; in pipeline.providers.quota
│   ├── ProviderFault    its server's status, code and words; in processors._shared.openai_client
│   ├── SynthesisError   a voice could not speak; in pipeline.tts.shared
│   └── Unserved         it would not serve this config; in pipeline.providers.probe
├── SettingError         the server cannot start with these settings; in pipeline.server.options
├── TwilioWarning        Twilio's debugger would show this about a message; in pipeline.twilio.playback
├── UsageError           `exit_code` 2: the program was used wrongly
└── WordError            a YAML word names no processor that can be used
    ├── MissingExtra     a processor needs a package that is not installed
    └── NoProcessor      a module has none in it

Exceptions that never reach a user, because their module or its caller catches them, are not part of it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from pipeline.stamps import Stamp

CLIP = 100  # columns of a source line that are shown at most

_SECRET_LOOKS = re.compile(
    r"(?i)((?:key|secret|token|password)[\"']?\s*[:=]\s*[\"']?)"
    r"((?!\$\{|[0-9.]+(?:ms|s|min|h)\b)[^\s\"',{}\[\]]{6,})"
)


class KavError(Exception):
    """The root of every error that Kav raises on purpose."""

    exit_code: ClassVar[int] = 1


class ProviderError(KavError):
    """A provider did not do what it was asked to: it refused, failed, broke off, or took too long."""


FAILURES = (KavError, OSError, RuntimeError, ValueError)
"""The errors of a provider's code: Kav's own, and those of the libraries that it uses."""


class UsageError(KavError):
    """The program was called in a way that it does not know."""

    exit_code = 2


class WordError(KavError):
    """A YAML word names no processor that can be used; `hint` says what to do, if anything is known."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class MissingExtra(WordError):
    """A processor's module found its optional package missing: raised while the module is imported."""

    def __init__(self, extra: str, package: str, options: str = "") -> None:
        command = " ".join(["pip install", *options.split(), package])
        hint = f"`make setup` installs it with the extra `{extra}`; by hand: {command}"
        super().__init__(f"needs {package}, which is not installed", hint)
        self.extra = extra
        self.package = package


class NoProcessor(WordError):
    """A module has no processor in it: in a package of somebody's own, most have none."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something stands: line and column count from 1, a line of 0 means no line in particular."""

    file: str
    line: int = 0
    column: int = 0
    width: int = 1  # characters

    def part(self, offset: int, width: int) -> Place:
        """A word within this place, so many characters in."""
        return Place(self.file, self.line, self.column + offset, width) if self.line else self

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Fault(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong in a file; faults sort by file, then line."""

    file: str
    line: int  # from 1; 0 if it is the file as a whole
    column: int  # from 1, in characters
    text: str
    hint: str = ""
    width: int = 1  # characters to underline
    severity: Literal["error", "warning"] = "error"


class ConfigError(KavError):
    """A config cannot be used.

    `faults` has every reason, `lines` the source lines of each file that was read, `files` all that was looked for.
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
        return "\n".join(render(fault, source_line(fault, self.lines)) for fault in self.faults)


class Refusal(Exception):
    """A piece of a config cannot be read on: where, what is wrong, what to do."""

    def __init__(self, at: Place, text: str, hint: str = "") -> None:
        super().__init__(at, text, hint)
        self.at, self.text, self.hint = at, text, hint


def source_line(fault: Fault, lines: Mapping[str, Sequence[str]]) -> str:
    """The line that a fault points at, if its file has been read."""
    known = lines.get(fault.file, ())
    return known[fault.line - 1] if 0 < fault.line <= len(known) else ""


def render(fault: Fault, source_line: str = "") -> str:
    """A fault as people read it: place and text, the line with the word underlined, the hint."""
    kind = "warning: " if fault.severity == "warning" else ""
    shown = [printable(f"{Place(fault.file, fault.line, fault.column)}: {kind}{fault.text}")]
    if source_line.strip() and fault.line:
        shown += _underlined(source_line.rstrip("\r\n"), fault.column - 1, fault.width)
    if fault.hint:
        shown.append(printable(f"  {fault.hint}"))
    return "\n".join(shown)


def masked(text: str) -> str:
    """The text without what looks like a secret's value, whose characters become `•`."""
    return _SECRET_LOOKS.sub(lambda found: found[1] + "•" * len(found[2]), text)


@lru_cache(maxsize=16)  # a long line may have thousands of faults
def _safe(line: str) -> str:
    return printable(masked(line))


def _underlined(line: str, start: int, width: int) -> list[str]:
    line = _safe(line)
    start = max(0, min(start, len(line)))
    width = max(1, min(width, len(line) - start, CLIP))
    first = 0 if start + width <= CLIP else min(start, start + width - CLIP // 2)
    last = first + CLIP
    before = ("…" if first else "") + line[first:start]
    marked, after = line[start : start + width], line[start + width : last] + ("…" if last < len(line) else "")
    return [
        f"  {before}{marked}{after}".rstrip(),
        "  " + " " * columns(before) + "^" * max(1, columns(marked)),
    ]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to this one, or nothing."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one, or nothing."""
    if len(word) > 200:  # difflib takes the product of both lengths
        return ""
    lowered = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def printable(text: str) -> str:
    """The text without anything that a terminal would act on; what is replaced keeps its one column."""
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in text)


def clipped(text: str, limit: int = 40) -> str:
    """The text in a width fit for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def columns(text: str) -> int:
    """How many columns of a terminal the text fills: wide characters two, combining marks none."""
    marks = sum(unicodedata.category(char) in ("Mn", "Me") for char in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(char) in "WF" for char in text)
