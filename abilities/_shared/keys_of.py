"""The keys of a service among named texts, such as headers: masked everywhere, and not to be written in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipeline.arguments import Template
from pipeline.environment.variables import process_environment
from pipeline.redaction.secrets import LEAST_SET, learn

_KEYS = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)  # names that have some


def mask_keys(named: Mapping[str, str]) -> None:
    """Mask the keys among named texts in all that is logged or shown from now on."""
    learn(*(value.split()[-1] for value in keys(named).values() if not _is_empty(value)), least=LEAST_SET)


def written_keys(named: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of those keys that no variable has, and no place stands for: they are written in the file."""
    known = process_environment().values()
    for name, value in keys(named).items():
        if (
            not _is_empty(value)
            and not any(len(each) > 3 and each in value for each in known)
            and not Template(value).places
        ):
            yield name


def empty_keys(named: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of those keys that are blank, as their variable is not set."""
    return (name for name, value in keys(named).items() if _is_empty(value))


def _is_empty(value: str) -> bool:
    """True for a text whose key is missing: `Bearer ` alone is none."""
    return not value or value != value.rstrip()


def keys(named: Mapping[str, str]) -> dict[str, str]:
    """Return the texts whose names are those of keys."""
    return {name: value for name, value in named.items() if _KEYS.search(name)}


LACKED = "has no key in it; set its variable"
WRITTEN = "is a secret, written in the file: write ${NAME} and set the variable"
