"""Faults and warnings found while a config is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.faults import Fault, FaultFound, Place
from pipeline.file_stamps import Stamp, stamp


class Findings:
    """The faults and warnings so far, the source lines that they point into, and the files that were looked for."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.lines: dict[str, list[str]] = {}
        self.secrets: set[Place] = set()  # places of secrets written in the file
        self.named: dict[Place, Path] = {}  # files named by values, by the value's place
        self.files: dict[Path, Stamp] = {}
        self.lost: list[Path] | None = None  # files that are not there; None: each is a fault
        self.unjudged = False  # True if a step could not be judged without running its plug-in

    def fault(self, at: Place, text: str, hint: str = "") -> None:
        """Note a fault: the config cannot be used."""
        self.faults.append(Fault(at.file, at.line, at.column, text, hint, at.width))

    def warn(self, at: Place, text: str, hint: str = "") -> None:
        """Note a warning: the config works, but something in it should change."""
        self.warnings.append(Fault(at.file, at.line, at.column, text, hint, at.width, "warning"))

    def reads(self, path: Path) -> None:
        """Note that the findings depend on this file, with its present stamp."""
        self.files.setdefault(path.absolute(), stamp(path))

    def take(self, tried: Findings, *, warnings: bool) -> None:
        """Take over the files and the hidden secrets of a reading on trial, and its warnings if it was of use."""
        self.files |= tried.files
        self.named |= tried.named
        for at in tried.secrets:
            self.mask(at)
        self.warnings += tried.warnings if warnings else []

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Catch a FaultFound that ends this block and note it as a fault."""
        try:
            yield
        except FaultFound as refusal:
            self.fault(refusal.at, refusal.text, refusal.hint)

    def mask(self, at: Place) -> None:
        """Hide the text at this place in all faults: it is a secret."""
        self.secrets.add(at)
        lines = self.lines.get(at.file, [])
        if 0 < at.line <= len(lines):
            start, line = at.column - 1, lines[at.line - 1]
            lines[at.line - 1] = line[:start] + "•" * at.width + line[start + at.width :]

    def within(self, at: Place, word: str) -> Place:
        """Return the place of `word` inside `at`, if it can be seen on that line; otherwise `at`."""
        lines = self.lines.get(at.file, [])
        line = lines[at.line - 1] if 0 < at.line <= len(lines) else ""
        start = line.find(word, max(at.column - 1, 0))
        return at if start < 0 else Place(at.file, at.line, start + 1, len(word))
