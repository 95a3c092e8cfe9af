"""The tools of a config as written, unread: from its `tools`, and as the layers above change them.

A file of Python, `crm.py`, stands for the word `python` with that file. A tool is addressed by its name:
`tools.find_listings`. The tool that a `swap` puts in the place of another one keeps that one's name, description,
arguments and all other settings that each tool has, as far as it says nothing else.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec
from msgspec import field

from pipeline.catalog.tools import find_tool, tool_words
from pipeline.config.drafts import TOOL, Draft, draft, drafts
from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Broken, Mapping, Node, Scalar, Sequence
from pipeline.faults import FaultFound, Place, WordError, clipped, did_you_mean
from pipeline.tool import ToolSettings

PREFIX = "tools."
FILE = ".py"
KEPT = frozenset({*ToolSettings.__struct_fields__, "takes"})  # of a tool that is swapped


class ToolDrafts(msgspec.Struct):
    """The tools of a config, and those that take the place of a tool which no item names: one of a file of Python."""

    items: list[Draft] = field(default_factory=list)
    swaps: list[tuple[Scalar, Draft]] = field(default_factory=list)  # each with its address

    def named(self, address: str, at: Place) -> Draft:
        """Return the item that an address names; raises FaultFound."""
        name = address.removeprefix(PREFIX)
        if (found := self.find(name)) is not None:
            return found
        raise FaultFound(at, f"no item of `tools` is named `{clipped(name)}`", did_you_mean(name, self.names))

    def find(self, name: str) -> Draft | None:
        """Return the item of this name, the first if there are several; None if there is none."""
        return next((each for each in self.items if name_of(each) == name), None)

    @property
    def names(self) -> list[str]:
        """The names of the items."""
        return [name_of(each) for each in self.items]


def is_tool(address: str) -> bool:
    """True if an address in `set` or `swap` is that of a tool."""
    return address.startswith(PREFIX)


def name_of(item: Draft) -> str:
    """Return the name of a tool as written, which is by default its word."""
    node = item.settings["name"][1] if "name" in item.settings else item.word
    return (node.text or item.word.text) if isinstance(node, Scalar) else ""


def written_tools(node: Node, findings: Findings) -> ToolDrafts:
    """Return the tools of a `tools` key."""
    if isinstance(node, Sequence):
        return ToolDrafts([_of_file(each) for each in drafts(node, findings, TOOL)])
    if not isinstance(node, Broken):
        hint = "begin each tool with `- `" if isinstance(node, Mapping) else ""
        findings.fault(node.at, "`tools` wants a list of tools", hint)
    return ToolDrafts()


def swap_tool(tools: ToolDrafts, key: Scalar, value: Node) -> None:
    """Put another tool in the place of the one that `key` names; raises FaultFound."""
    made = _of_file(draft(value, TOOL))
    name = key.text.removeprefix(PREFIX)
    old = tools.find(name)
    if old is None:
        tools.swaps.append((key, made))
        return
    # What the model is told of a tool, and what the caller hears of it, is not the word's: a stand-in has it, too.
    kept = {it: entry for it, entry in old.settings.items() if it in KEPT and it not in made.settings}
    named = (Scalar(at=key.at, text="name"), Scalar(at=key.at, text=name))
    if _changes(old):
        kept.setdefault("effect", (Scalar(at=key.at, text="effect"), Scalar(at=key.at, text="true")))
    old.word, old.settings, old.swapped = made.word, {"name": named, **kept, **made.settings}, key.at
    old.kept = frozenset(kept)


def _changes(item: Draft) -> bool:
    """True if an item of a built-in word is an effect by its kind."""
    if item.word.text not in tool_words():
        return False
    with suppress(WordError):  # its extra is not installed, which a stand-in does not need
        return find_tool(item.word.text).changes(item.settings)
    return False


def _of_file(made: Draft) -> Draft:
    """Return an item; for a file of Python, the word `python` with the file."""
    if not made.word.text.endswith(FILE):
        return made
    file = (Scalar(at=made.word.at, text="file"), made.word)
    word = Scalar(at=made.word.at, text="python")
    return Draft(word, {"file": file, **made.settings})
