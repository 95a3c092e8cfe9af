"""A config laid over those that it extends → one set of keys, one list of steps and one of tools, unread.

A deployment states only its differences. Its keys replace those of the config that it extends, whole; `swap` replaces
one step, then `insert` adds steps and `drop` takes some out, and last `set` changes fields. Replaced parts are never
read, so that a variable that only they need may stay unset.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import msgspec
from msgspec import field

from pipeline import catalog
from pipeline.config.addresses import is_named, numbered
from pipeline.config.drafts import Draft, Entry, draft, drafts
from pipeline.config.findings import Findings
from pipeline.config.shipped import FOLDER, SCHEME, located
from pipeline.config.step_edits import edit
from pipeline.config.tool_drafts import ToolDrafts, is_tool, swap_tool, written_tools
from pipeline.config.values import nearest_file
from pipeline.config.yaml.nodes import Broken, Mapping, Node, Scalar, Sequence
from pipeline.config.yaml.tree import read_file
from pipeline.faults import FaultFound, Place, clipped
from pipeline.file_stamps import real
from pipeline.installation import command

MAX_LAYERS = 16
CHANGES = ("pipeline", "tools", "extends", "swap", "insert", "drop", "set")  # top-level keys used up by layering


class Layers(msgspec.Struct):
    """A config laid over all that it extends."""

    keys: dict[str, Entry]
    steps: list[Draft] | None = None  # with those that a `drop` took out; None if no `pipeline` could be read
    tools: ToolDrafts = field(default_factory=ToolDrafts)
    whole: bool = True  # True if every layer parsed: only then is a missing key or step a fault

    @property
    def standing(self) -> list[Draft]:
        """The steps that are left."""
        return [each for each in self.steps or () if each.dropped is None]

    def find(self, address: str, at: Place) -> Draft:
        """Return the step that an address names; raises FaultFound unless it names one."""
        standing = self.standing
        if not any(is_named(each.word.text, address) for each in standing):
            gone = next((it for it in self.steps or () if it.dropped and is_named(it.word.text, address)), None)
            if gone is not None:
                raise FaultFound(at, f"`{clipped(address)}` was dropped at {gone.dropped}")
        return standing[numbered([each.word.text for each in standing], address, at)]


class Layering:
    """Lays the files of one config over each other; all of them are in one of the folders `tops`, or in Kav's own."""

    def __init__(self, findings: Findings, tops: Collection[Path], groups: Collection[str] = ()) -> None:
        self.findings = findings
        self.tops = tops
        self.groups = groups  # top-level keys with keys of their own

    def file(self, path: Path, name: str, chain: tuple[Path, ...] = (), root: Node | None = None) -> Layers | None:
        """Read a file and the files that it extends; None if it cannot be read at all.

        `root` is the tree of its text, if that is read already; `chain` are the files that led here.
        """
        root = read_file(path, name, self.findings) if root is None else root
        if root is None or isinstance(root, Broken):
            return None
        own = {key.text: (key, value) for key, value in root.entries} if isinstance(root, Mapping) else {}
        if wrong := _no_config(root, own, name):
            self.findings.fault(root.at, *wrong)
            return None
        # The base comes first, whatever the order of the keys: `swap` and `set` name steps that it declares.
        below = self.below(own.get("extends"), (*chain, real(path)))
        layers = Layers({}, whole=False) if below is None else below
        layers.keys.pop("name", None)  # a name is not inherited
        layers.keys |= own
        if "pipeline" in own:
            layers.steps = self.pipeline(own["pipeline"][1], layers)
        if "tools" in own:
            layers.tools = written_tools(own["tools"][1], self.findings)
        self.change(layers, own.get("swap"), "swap", self.swap)
        if layers.steps is not None:
            find = partial(self.address, layers)
            sound = edit(layers.steps, own.get("insert"), own.get("drop"), find, self.findings)
            layers.whole = layers.whole and sound
        self.change(layers, own.get("set"), "set", self.set)
        return layers

    def below(self, entry: Entry | None, chain: tuple[Path, ...]) -> Layers | None:
        """Return the layers that a file extends: empty ones if it extends nothing, None if they are broken."""
        if entry is None:
            return Layers({})
        with self.findings.noting():
            path, name = self.path(entry[1], chain)
            return self.file(path, name, chain)
        return None

    def path(self, node: Node, chain: tuple[Path, ...]) -> tuple[Path, str]:
        """Return the file that an `extends` names, and the name to show for it; raises FaultFound."""
        if not isinstance(node, Scalar) or not node.text or "\0" in node.text:
            raise FaultFound(node.at, "`extends` wants the path of a config")
        if node.text.startswith(SCHEME):
            named = shown = located(node.text, node.at)
        else:
            named, shown = chain[-1].parent / node.text, Path(node.at.file).parent / node.text
        path = real(named)
        # A shipped config may extend another one, but no way leads from a user's folder into Kav's by a path.
        tops = (*self.tops, *([FOLDER] if named is shown or chain[-1].is_relative_to(FOLDER) else []))
        if not any(path.is_relative_to(top) for top in tops):
            is_config = named.suffix in (".yaml", ".yml") and path.is_file() and not named.is_symlink()
            hint = f"`--allow {os.path.relpath(path.parent)}` on the command line allows it" if is_config else ""
            raise FaultFound(node.at, f"`{clipped(node.text)}` lies outside the config's folder", hint)
        if path in chain:
            raise FaultFound(node.at, f"`{clipped(node.text)}` extends itself, in a circle")
        if len(chain) >= MAX_LAYERS:
            raise FaultFound(node.at, f"more than {MAX_LAYERS} configs extend each other")
        self.findings.reads(named)  # the path as named: a link may lead elsewhere later
        if not path.is_file():
            near = nearest_file(path)
            raise FaultFound(node.at, f"there is no `{clipped(node.text)}`", f"did you mean `{near}`?" if near else "")
        return path, str(shown)

    def pipeline(self, node: Node, layers: Layers) -> list[Draft] | None:
        """Return the steps of a `pipeline` key; None if it is not a list."""
        if isinstance(node, Sequence):
            made = drafts(node, self.findings)
            layers.whole = layers.whole and len(made) == len(node.items)
            return made
        layers.whole = False
        if not isinstance(node, Broken):
            self.findings.fault(node.at, "`pipeline` wants a list of steps")
        return None

    def change(
        self, layers: Layers, entry: Entry | None, name: str, apply: Callable[[Layers, Scalar, Node], None]
    ) -> None:
        """Apply each entry of a `swap` or a `set`."""
        if entry is None or isinstance(entry[1], Broken):
            return
        if not isinstance(entry[1], Mapping):
            self.findings.fault(entry[1].at, f"`{name}` wants keys and values")
            return
        for key, value in entry[1].entries:
            if not isinstance(value, Broken):
                apply(layers, key, value)

    def swap(self, layers: Layers, key: Scalar, value: Node) -> None:
        """Put another step, or another tool, in the place of the one that `key` names."""
        if is_tool(key.text):
            with self.noting(layers):
                swap_tool(layers.tools, key, value)
            return
        old = self.address(layers, key)
        with self.findings.noting():
            made = draft(value)
            if old is not None:
                old.word, old.settings, old.swapped = made.word, made.settings, key.at

    def set(self, layers: Layers, key: Scalar, value: Node) -> None:
        """Change the field of a step or of a tool, or the top-level key, that `key` names."""
        address, _, field = key.text.rpartition(".")
        # Point at the field within `vad.rms`, unless quotes or escapes shift the columns.
        at = key.at.part(len(address) + 1, len(field)) if key.at.width == len(key.text) else key.at
        named = Scalar(at=at, text=field)
        if not address and field in CHANGES:
            self.findings.fault(at, f"`{field}` cannot be set, only a field or a key of its own can")
        elif not address:
            layers.keys[field] = (named, value)
        elif address in self.groups:
            group = Scalar(at=key.at, text=address)
            layers.keys[address] = _with(layers.keys.get(address), group, (named, value))
        elif is_tool(address):
            with self.noting(layers):
                layers.tools.named(address, key.at).settings[field] = (named, value)
        elif (step := self.address(layers, Scalar(at=key.at, text=address))) is not None:
            step.settings[field] = (named, value)

    def address(self, layers: Layers, key: Scalar) -> Draft | None:
        """Return the step that a key names; None, after noting a fault, unless it names one."""
        if layers.steps is None:
            return None
        with self.noting(layers):
            return layers.find(key.text, key.at)
        return None

    def noting(self, layers: Layers) -> AbstractContextManager[None]:
        """Note a FaultFound that ends the block, unless its step or tool may be in a part that is broken."""
        return (self.findings if layers.whole else Findings()).noting()


def _no_config(root: Node, own: dict[str, Entry], name: str) -> tuple[str, ...]:
    """Return the fault of a file that is no config, and the hint to what it seems to be; none if it may be one."""
    if isinstance(root, Sequence):
        script = f"a list is a caller's script, for `{command(f'call CONFIG --script {name}')}`"
        text = "a config is keys and values, and the top of this file is a list"
        return text, "write `pipeline:` above its steps" if has_words(root) else script
    if not isinstance(root, Mapping):
        return "a config is keys and values, e.g. `pipeline:` and its steps", "this file is one text alone"
    if "tests" in own and not own.keys() & {"pipeline", "extends"}:
        return (
            "this is a file of tests, not a config",
            f"its name has to end in `.test.yaml`; `{command('test')}` plays it",
        )
    return ()


def has_words(node: Sequence) -> bool:
    """True if a list has a processor's word among its items, as a pipeline has."""
    heads = (item.entries[0][0] if isinstance(item, Mapping) and item.entries else item for item in node.items)
    known = catalog.words()
    return any(isinstance(head, Scalar) and head.text in known for head in heads)


def _with(old: Entry | None, group: Scalar, change: Entry) -> Entry:
    """Return a top-level key's entry with one of its own keys changed."""
    if old is None:
        return (group, Mapping(at=group.at, entries=(change,)))
    if not isinstance(old[1], Mapping):
        return old
    kept = (entry for entry in old[1].entries if entry[0].text != change[0].text)
    return (old[0], Mapping(at=old[1].at, entries=(*kept, change)))
