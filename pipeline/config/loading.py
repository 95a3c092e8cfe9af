"""Loading: a YAML file → a Config whose every step is checked, or a ConfigError with every fault at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.catalog import spec
from pipeline.catalog.plugins import Plugins
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItems
from pipeline.config import drops
from pipeline.config.after_steps import asked, located
from pipeline.config.allowed_folders import allowed_folders
from pipeline.config.digest import digest
from pipeline.config.drafts import Entry
from pipeline.config.findings import Findings
from pipeline.config.language import unspoken
from pipeline.config.layers import Layering, Layers
from pipeline.config.plugin_files import allowed, tops
from pipeline.config.reading import Reader, meant
from pipeline.config.shipped import FOLDER, config_file
from pipeline.config.tool_items import read_tools
from pipeline.config.toplevel import GROUPS, Changes, Config, Keys
from pipeline.config.transfer_checks import transfers
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Mapping as Tree
from pipeline.config.yaml.nodes import Node, Scalar, from_python
from pipeline.config.yaml.nodes import Sequence as List
from pipeline.config.yaml.tree import parse
from pipeline.environment.variables import process_environment
from pipeline.faults import ConfigError, Place, nearest
from pipeline.file_stamps import real
from pipeline.installation import command
from pipeline.redaction.secrets import masked_source
from pipeline.text.languages import canonical
from pipeline.text.plain_json import whole

MAX_STEPS = 64
STEPS = ("pipeline", "extends", "insert", "swap", "drop")  # keys without which steps are missing
TESTS = ".test.yaml"  # ending of the name of a file of tests


def load(
    path: str | Path,
    *,
    swap: str | Mapping[str, Any] | Node | None = None,
    set: Mapping[str, Any] | Sequence[str] | Node = (),
    env: Mapping[str, str] | None = None,
    lost: list[Path] | None = None,
) -> Config:
    """Read and check a config; the path `kav:NAME` names a shipped one.

    `swap` is YAML text or data, `set` is data or a sequence of `a.b=c`, and each may be a node of another file; both
    are applied over the files. `lost` gets the files that are named and are not there, whose settings become None; if
    it is not given, each is a fault. Raises ConfigError with every fault and warning.
    """
    findings = Findings()
    findings.lost = lost
    config = read(config_file(path), findings, swap=swap, set=set, env=process_environment() if env is None else env)
    if config is None:
        raise ConfigError(findings.faults + findings.warnings, findings.lines, findings.files)
    return config


def read(
    path: Path,
    findings: Findings,
    *,
    env: Mapping[str, str],
    swap: str | Mapping[str, Any] | Node | None = None,
    set: Mapping[str, Any] | Sequence[str] | Node = (),
    root: Node | None = None,
    run_plugins: bool = True,
) -> Config | None:
    """Read and check a config as `load` does, noting faults in `findings`; None if it cannot be used.

    `root` is the tree of the file, if that is read already. Without `run_plugins` no code of a plug-in is run: a step
    whose code this process has not run yet stays unjudged, with a warning, and the config cannot be used.
    """
    layers = lay(path, findings, swap, set, root)
    return None if layers is None else checked(layers, path, findings, env, run_plugins)


def own(path: str | Path) -> Plugins:
    """Return the plug-ins that a config allows, even if it has other faults.

    Raises ConfigError.
    """
    path, findings, noted = config_file(path), Findings(), Findings()
    layers = lay(path, findings)
    if layers is None:
        raise ConfigError(findings.faults, findings.lines)
    found = allowed(layers.keys.get("plugins"), Reader(noted, process_environment(), real(path).parent), path)
    if noted.faults:
        raise ConfigError(noted.faults, findings.lines)
    return found


def lay(
    path: Path,
    findings: Findings,
    swap: str | Mapping[str, Any] | Node | None = None,
    set: Mapping[str, Any] | Sequence[str] | Node = (),
    root: Node | None = None,
) -> Layers | None:
    """Lay a config over all that it extends, with the changes on top, unread; None if that cannot be done."""
    if path.name.endswith(TESTS) and path.is_file():
        findings.fault(Place(str(path)), "is a file of tests, not a config", f"`{command(f'test {path}')}` plays them")
        return None
    layering = Layering(findings, (real(path).parent, *allowed_folders()), GROUPS)
    layers = layering.file(path, str(path), root=root)
    if layers is not None:
        layering.change(layers, _swapped(swap, findings), "swap", layering.swap)
        for entry in _sets(set, findings):
            layering.change(layers, entry, "set", layering.set)
    return layers


def _swapped(swap: str | Mapping[str, Any] | Node | None, findings: Findings) -> Entry | None:
    at = Place("swap")
    if not swap:
        return None
    node = parse(swap, at.file, findings) if isinstance(swap, str) else from_python(swap, at)
    return None if node is None else (Scalar(at=at, text="swap"), node)


def _sets(changes: Mapping[str, Any] | Sequence[str] | Node, findings: Findings) -> list[Entry]:
    """Return each change as an entry of a `set`, at a place of its own: `--set a.b=c`."""
    if isinstance(changes, Node):
        return [(Scalar(at=changes.at, text="set"), changes)]
    pairs = changes.items() if isinstance(changes, Mapping) else (each.partition("=")[::2] for each in changes)
    entries: list[Entry] = []
    for key, value in pairs:
        at = Place(masked_source(f"--set {key}={value}"))
        if value == "" and key in changes and not isinstance(changes, Mapping):
            findings.fault(Place(f"--set {key}"), "a change needs a value", "e.g. vad.rms=260, or a.b= for a blank one")
            continue
        node = from_python(value, at) if isinstance(changes, Mapping) else _typed(value, at, findings)
        if node is not None:
            named = Scalar(at=at, text=key)
            entries.append((named, Tree(at=at, entries=((named, node),))))
    return entries


def _typed(text: str, at: Place, findings: Findings) -> Node | None:
    """Parse the text after the `=` as YAML; a single value stands at no line of its own."""
    node = parse(text or '""', at.file, findings)
    return msgspec.structs.replace(node, at=at) if isinstance(node, Scalar) else node


def checked(
    layers: Layers, path: Path, findings: Findings, environment: Mapping[str, str], run_plugins: bool = True
) -> Config | None:
    """Return the config that these layers make, or None after noting its faults."""
    reader, at = Reader(findings, environment, real(path).parent), Place(str(path))
    reader.outputs, reader.tops = outputs(path), tops(path)
    keys = _keys(layers, at, findings, reader)
    reader.plugins = allowed(layers.keys.get("plugins"), reader, path, run_already=not run_plugins)
    reader.language = "" if keys is BROKEN else canonical(keys.language)
    steps = _steps(layers, at, findings, reader)
    tools = read_tools(layers.tools, reader, steps if layers.whole else None)
    _together(layers, keys, steps, tools, findings)
    # Only now, as the top level, the steps and the tools are read, whatever is wrong with the others.
    if findings.faults or findings.unjudged or keys is BROKEN:
        return None
    given = _given(keys, path, reader)
    return Config(
        **given,
        path=path,
        steps=steps,
        tools=tools,
        hash=_hash(given, (*keys.plugins, *reader.plugins.files.values()), steps, tools),
        warnings=tuple(findings.warnings),
        own=reader.plugins,
        files=findings.files,
        **_places(layers, keys, at),
    )


def _together(layers: Layers, keys: Any, steps: tuple[Any, ...], tools: Any, findings: Findings) -> None:
    """Note the faults of keys that need certain steps, once both are read."""
    if keys is not BROKEN and BROKEN not in steps and layers.whole:
        asked(keys.after, layers.keys.get("after"), steps, findings)
        transfers(tools, keys.numbers, steps, findings)


def _given(keys: Keys, path: Path, reader: Reader) -> dict[str, Any]:
    """Return the fields of the top level, those filled in that depend on the file."""
    named = {"language": reader.language, "name": keys.name or whole(path.stem)}
    return {**msgspec.structs.asdict(keys), **named, "after": located(keys.after, reader.outputs)}


def _hash(keys: Mapping[str, Any], plugins: tuple[str | Path, ...], steps: tuple[Step, ...], tools: ToolItems) -> str:
    """Return the hash of the meaning of a config."""
    # A name is no part of the meaning: two agents that differ in it alone do the same.
    meaning = {**keys, "name": "", "steps": steps, "plugins": plugins}
    # A config without tools, or work after a call, keeps the hash that it had before there were any.
    given = {name: value for name, value in meaning.items() if name != "after" or value.send}
    return digest(given | ({"tools": tools} if tools else {}))


def _places(layers: Layers, keys: Keys, at: Place) -> dict[str, Any]:
    """Return the places that faults of several configs in one server point at."""
    return {
        "name_at": layers.keys["name"][1].at if keys.name else at,
        "folder_at": _field_at(layers.keys.get("record"), "folder") or at,
        "outbox_at": _field_at(layers.keys.get("after"), "folder") or _field_at(layers.keys.get("after"), "send") or at,
        "numbers_at": _each_at(layers.keys.get("numbers")),
    }


def _keys(layers: Layers, at: Place, findings: Findings, reader: Reader) -> Any:
    """Read the top level, apart from the keys that make the steps."""
    known = [field.name for field in (*spec.fields(Changes), *spec.fields(Keys))]
    changes = {field.name for field in spec.fields(Changes)}
    for key, _ in layers.keys.values():
        if key.text not in known:
            findings.fault(key.at, f"a config has no setting `{key.text}`", meant(key.text, known))
            layers.whole = layers.whole and nearest(key.text, known) not in STEPS  # one fault
    kept = [entry for name, entry in layers.keys.items() if name in known and name not in changes]
    return reader.struct(Keys, kept, at, "a config")


def _steps(layers: Layers, at: Place, findings: Findings, reader: Reader) -> tuple[Step, ...]:
    """Read the steps, and check that adjacent ones fit if nothing else is wrong with them."""
    standing = layers.standing
    if not standing:
        if layers.whole:
            key = layers.keys.get("pipeline")
            findings.fault(key[0].at if key else at, "the pipeline has no steps", "" if key else "write `pipeline:`")
        return ()
    if len(standing) > MAX_STEPS:
        findings.fault(standing[MAX_STEPS].word.at, f"the pipeline has more than {MAX_STEPS} steps")
        return ()
    steps = [reader.step(each) for each in standing]
    if layers.whole and BROKEN not in steps:
        drops.unfit(layers.steps or (), steps, reader.plugins, findings)
        if reader.language and (tag := layers.keys.get("language")):
            unspoken(reader.language, tag[1].at, steps, findings)
    return tuple(steps)


def outputs(path: Path) -> Path:
    """Return the folder that a config's folders for output are relative to: its own; `.` if it comes with Kav."""
    return Path() if real(path).is_relative_to(FOLDER) else path.absolute().parent


def _field_at(entry: Entry | None, name: str) -> Place | None:
    """Return the place of a group's field; None if it is not given."""
    fields = entry[1].entries if entry is not None and isinstance(entry[1], Tree) else ()
    return next((value.at for key, value in fields if key.text == name), None)


def _each_at(entry: Entry | None) -> tuple[Place, ...]:
    """Return the places of a list's items."""
    return tuple(item.at for item in entry[1].items) if entry is not None and isinstance(entry[1], List) else ()
