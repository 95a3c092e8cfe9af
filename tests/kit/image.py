"""A Dockerfile's instructions, as far as tests look at them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple


class Instruction(NamedTuple):
    """An instruction: the number of its stage, its word, and the rest of its line."""

    stage: int
    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The list of its exec form, `["kav", "serve"]`; of another form, its words without options."""
        if found := re.search(r"\[.*\]\Z", self.rest):
            return [str(each) for each in json.loads(found[0])]
        return [each for each in self.rest.split() if not each.startswith("--")]


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile. Those before the first FROM are of stage -1."""
    stage, whole = -1, re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    for line in filter(str.strip, whole.splitlines()):
        word, rest = line.split(maxsplit=1)
        stage += word == "FROM"
        yield Instruction(stage, word, rest)


def ignores(text: str, path: str) -> bool:
    """True if a .dockerignore that ignores all at first, and then names what it lets through, ignores this path."""
    first, *others = (line for line in text.splitlines() if line and not line.startswith("#"))
    assert first == "*"
    return f"!{path}" not in others
