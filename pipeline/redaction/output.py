"""The standard output and the standard error, in which no secret is written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from pipeline.redaction.secrets import masked


class MaskedStream:
    """A text stream that masks secrets in each text that is written; for the rest, the stream that it was made of."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text with its secrets masked, and return the length of the text given."""
        self._stream.write(masked(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of these texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def masked_output() -> Iterator[None]:
    """Mask secrets in all text that is printed inside the block; a stream that is missing or closed is left alone."""
    out, err = (MaskedStream(each) if each is not None else None for each in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield
