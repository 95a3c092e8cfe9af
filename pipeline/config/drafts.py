"""Steps and tools as they are written in a config, unread."""

from __future__ import annotations

import msgspec

from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Broken, Mapping, Node, Scalar, Sequence
from pipeline.faults import FaultFound, Place, clipped
from pipeline.installation import command

Entry = tuple[Scalar, Node]  # a key and its value
STEP, TOOL = "step", "tool"
EXAMPLES = {STEP: "vad.energy: {rms: 210}", TOOL: "hang_up: {say: Goodbye.}"}


class Draft(msgspec.Struct):
    """A step or a tool as written: its word and its settings, unread."""

    word: Scalar
    settings: dict[str, Entry]
    origin: str = ""  # how an `insert` placed it, in words
    swapped: Place | None = None  # place of the `swap` that put it in the place of another
    kept: frozenset[str] = frozenset()  # settings taken over from a tool of which it has the place, if it has them
    dropped: Place | None = None  # place of the `drop` that took it out; it is kept to explain a chain that breaks


def drafts(node: Sequence, findings: Findings, noun: str = STEP) -> list[Draft]:
    """Return the steps, or the tools, of a list; items that are none are noted and left out."""
    made = []
    for each in node.items:
        with findings.noting():
            if not isinstance(each, Broken):
                made.append(draft(each, noun))
    return made


def draft(node: Node, noun: str = STEP) -> Draft:
    """Return a step, or a tool, as written: a word, or a word with its settings; raises FaultFound."""
    if isinstance(node, Scalar) and node.text:
        if " - " in node.text and node.plain:
            raise FaultFound(node.at, f"two {noun}s in one", f"indent the `-` of each {noun} alike")
        return Draft(node, {})
    if not isinstance(node, Mapping) or not node.entries:
        raise FaultFound(node.at, f"a {noun} is a word, or a word with its settings", f"e.g. `{EXAMPLES[noun]}`")
    word, settings = node.entries[0]
    if len(node.entries) > 1:
        key = node.entries[1][0]
        text = f"`{clipped(key.text)}` stands beside `{clipped(word.text)}`, not in it"
        raise FaultFound(key.at, text, f"indent a {noun}'s settings further than its word")
    if isinstance(settings, Mapping):
        return Draft(word, {key.text: (key, value) for key, value in settings.entries})
    if isinstance(settings, Scalar) and settings.plain and not settings.text:
        return Draft(word, {})
    name = clipped(word.text)
    hint = f"`{command(f'show {name}')}` lists them"
    raise FaultFound(settings.at, f"the settings of `{name}` are keys and values", hint)
