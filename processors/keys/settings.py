"""The settings of keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import normalise

PHONE = "0123456789*#"  # the keys that a phone has


class KeysSettings(StepSettings, frozen=True, kw_only=True):
    """The settings of `keys`."""

    menu: Annotated[
        dict[str, str],
        doc("Keys and the caller's words that each stands for, unless a tool has asked.", sample={"1": "sales"}),
    ] = {}
    end: Annotated[str, doc("The key that ends an entry; blank: none.")] = "#"
    pause: Annotated[Duration, doc("The longest time between two keys of an entry.", 0.5, 30)] = 3.0

    def faults(self) -> Iterable[tuple[str, str]]:
        yield from no_key("end", self.end)
        for key, words in self.menu.items():
            if len(key) != 1 or key not in PHONE:
                yield "menu", f"has {key!r}, which is no key: 0 to 9, * or #"
            elif not normalise(words):
                yield "menu", f"has no words for the key {key}"


def no_key(name: str, key: str) -> Iterable[tuple[str, str]]:
    """Yield the fault of a setting that has to be a key of a phone, or blank, and is neither."""
    if key and (len(key) != 1 or key not in PHONE):
        yield name, f"is {key!r}, which is no key: 0 to 9, * or #"
