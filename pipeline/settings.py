"""Declaring a step's settings: the base class, `doc` for each field, and the types of fields."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.redaction.secrets import LEAST_SET, MASK, learn


class Secret(str):
    """A key or a password: it prints as `•••`, and `reveal` returns the text itself.

    A request needs `key.reveal()`: `str(key)`, `f"{key}"` and `"…".format(key)` all give `•••`.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{MASK}'"

    def __str__(self) -> str:
        return MASK

    def __format__(self, how: str) -> str:
        return format(MASK, how)

    def __reduce__(self) -> tuple[Any, ...]:
        return read_secret, (self.reveal(),)  # in a worker process, too

    def reveal(self) -> str:
        """Return the text itself."""
        return str.__str__(self)


def read_secret(text: str) -> Secret:
    """Return a config's key as a Secret, and mask it in every output from now on, whatever its variable is called."""
    learn(text, least=LEAST_SET)
    return Secret(text)


Duration = Annotated[float, Meta(extra={"kind": "duration"})]
"""Seconds, written with a unit: `300ms`, `0.48s`, `2min`, `1h`, `30d`, `2w`."""

FilePath = Path
"""A file that exists, written relative to the config that names it."""


FolderPath = Annotated[str, Meta(extra={"kind": "folder"})]
"""A folder that Kav writes to, as an absolute path; blank for none. `~` stands for the home folder.

In a file it is written relative to the folder of the config that is run, on the command line relative to the working
directory. A config that comes with Kav has the working directory in the place of its own folder.
"""


def doc(
    text: str,
    low: float | None = None,
    high: float | None = None,
    *,
    some: bool = False,
    sample: Any = None,
    deprecated: str = "",
) -> msgspec.Meta:
    """Describe a setting in one sentence, with its least and greatest value.

    `some`: a list must not be empty. `sample` is the value written in examples and starters. `deprecated` names the
    replacement; a config that still uses the setting gets a warning.
    """
    extra = {"deprecated": deprecated} if deprecated else None
    samples = None if sample is None else [sample]
    if some:
        return msgspec.Meta(description=text, min_length=1, examples=samples, extra=extra)
    return msgspec.Meta(description=text, ge=low, le=high, examples=samples, extra=extra)


class StepSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that a step's YAML may have: each field annotated with type, bounds, unit and one line of doc."""

    def faults(self) -> Iterable[tuple[str, str]]:
        """Return the violated rules that span fields, as pairs of a field, or part of it (`intents[3]`), and the fault.

        A config with a fault is refused.
        """
        return ()

    def faults_in(self, language: str) -> Iterable[tuple[str, str]]:
        """Return faults as `faults` does: the fields that cannot work in a call of this language (BCP 47)."""
        return ()

    def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
        """Return doubts as `doubts` does: the fields, blank for the step, that contradict the call's language."""
        return ()

    def lacks(self) -> Iterable[tuple[str, str]]:
        """Return the fields that a config may lack when it is checked, but not when it is started, with the reason."""
        return ()

    def doubts(self) -> Iterable[tuple[str, str]]:
        """Return the fields with a value that works but is doubtful, and the reason: each becomes a warning.

        A field left blank by an environment variable gets none: the variable may be set elsewhere.
        """
        return ()
