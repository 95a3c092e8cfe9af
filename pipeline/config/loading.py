"""A YAML file → a Config whose every step is checked, or a ConfigError with every fault at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline import spec
from pipeline.config import graph
from pipeline.config.layers import Entry, Layering, Layers
from pipeline.config.nodes import Mapping as Tree
from pipeline.config.nodes import Node, Scalar, from_python
from pipeline.config.reading import BROKEN, Reader
from pipeline.config.tree import parse
from pipeline.faults import ConfigError, Fault, Findings, Place, did_you_mean, masked
from pipeline.spec import Duration, FilePath, Secret, Step, Steps

MAX_STEPS = 64

Language = Annotated[
    str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", extra={"looks": "a BCP 47 tag such as he-IL"})
]
Number = Annotated[
    str, Meta(pattern=r"^(\+[1-9][0-9]{3,14}|[a-z]+:.+)$", extra={"looks": "a number such as +97231234567"})
]


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a call."""

    folder: Annotated[str, Meta(description="The folder that calls are kept in; empty keeps none.")] = ""
    audio: Annotated[bool, Meta(description="Whether to keep the sound of both sides.")] = True
    wire: Annotated[bool, Meta(description="Whether to keep Twilio's messages, for `replay`.")] = True
    max_minutes: Annotated[int, Meta(description="Minutes of a call that are kept.", ge=1, le=1440)] = 30


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How calls are answered."""

    max_calls: Annotated[int, Meta(description="Calls at a time; more are turned away.", ge=1, le=10000)] = 50
    drain: Annotated[Duration, Meta(description="How long a server that shuts down waits for its calls.")] = 600.0
    max_call: Annotated[Duration, Meta(description="How long a call may last.", ge=1)] = 1800.0
    twiml_play_greeting: Annotated[bool, Meta(description="Play the greeting before the stream opens.")] = False
    greeting_file: Annotated[FilePath | None, Meta(description="The sound file that is played then.")] = None

    def faults(self) -> tuple[tuple[str, str], ...]:
        """A greeting that is to be played has to be there."""
        if self.twiml_play_greeting and self.greeting_file is None:
            return (("twiml_play_greeting", "needs `greeting_file`"),)
        return ()


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The top level of a config, but for its steps and for what it changes of another."""

    name: Annotated[str, Meta(description="What the config is called in logs; its file's name by default.")] = ""
    language: Annotated[Language, Meta(description="The language of the call, a BCP 47 tag.")] = "en-US"
    numbers: Annotated[tuple[Number, ...], Meta(description="The called numbers that it answers; none: any.")] = ()
    plugins: Annotated[tuple[str, ...], Meta(description="Packages whose processors it may use.")] = ()
    record: Annotated[RecordSettings, Meta(description="What is kept of a call.")] = RecordSettings()
    server: Annotated[ServerSettings, Meta(description="How calls are answered.")] = ServerSettings()
    caller: Annotated[FilePath | None, Meta(description="What the phone does in a call to it, unless told.")] = None
    log_words: Annotated[bool, Meta(description="Whether the log has what the caller says.")] = True


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The top level of a config: its steps, and what it changes of another."""

    pipeline: Annotated[Steps, Meta(description="The steps, from the caller's voice to the caller's ear.")] = ()
    extends: Annotated[str, Meta(description="The config that this one changes, a path beside it.")] = ""
    swap: Annotated[dict[str, Any], Meta(description="Steps in the place of others, by word or capability.")] = {}
    set: Annotated[dict[str, Any], Meta(description="Fields in the place of others, e.g. `vad.rms: 260`.")] = {}


class Config(Keys, frozen=True, kw_only=True):
    """A config that has been checked."""

    path: Path
    steps: tuple[Step, ...]
    hash: str  # of what it means, secrets and the content of files included: 12 hex digits
    warnings: tuple[Fault, ...] = ()


GROUPS = ("record", "server")


def load(
    path: str | Path,
    *,
    swap: str | Mapping[str, Any] | Node | None = None,
    set: Mapping[str, Any] | Sequence[str] | Node = (),
    env: Mapping[str, str] | None = None,
) -> Config:
    """Read and check a config.

    `swap` is YAML text or data, `set` is data or a sequence of `a.b=c`, and each may be a node of another file; both
    come on top of what the files say.
    Raises ConfigError.
    """
    path, findings = Path(path), Findings()
    layering = Layering(findings, path.resolve().parent, GROUPS)
    layers = layering.file(path, str(path))
    if layers is not None:
        layering.change(layers, _swapped(swap, findings), "swap", layering.swap)
        for entry in _sets(set, findings):
            layering.change(layers, entry, "set", layering.set)
    config = None if layers is None else _read(layers, path, findings, os.environ if env is None else env)
    if findings.faults or config is None:
        raise ConfigError(findings.faults + findings.warnings, findings.lines)
    return config


def _swapped(swap: str | Mapping[str, Any] | Node | None, findings: Findings) -> Entry | None:
    at = Place("swap")
    if not swap:
        return None
    node = parse(swap, at.file, findings) if isinstance(swap, str) else from_python(swap, at)
    return None if node is None else (Scalar(at=at, text="swap"), node)


def _sets(changes: Mapping[str, Any] | Sequence[str] | Node, findings: Findings) -> list[Entry]:
    """Each change as an entry of a `set`, at a place of its own: `--set a.b=c`."""
    if isinstance(changes, Node):
        return [(Scalar(at=changes.at, text="set"), changes)]
    pairs = changes.items() if isinstance(changes, Mapping) else (each.partition("=")[::2] for each in changes)
    entries: list[Entry] = []
    for key, value in pairs:
        at = Place(masked(f"--set {key}={value}"))
        node = from_python(value, at) if isinstance(changes, Mapping) else _typed(value, at, findings)
        if node is not None:
            named = Scalar(at=at, text=key)
            entries.append((named, Tree(at=at, entries=((named, node),))))
    return entries


def _typed(text: str, at: Place, findings: Findings) -> Node | None:
    """What was typed after the `=`, as YAML; one word of it is at no line in particular."""
    node = parse(text or '""', at.file, findings)
    return msgspec.structs.replace(node, at=at) if isinstance(node, Scalar) else node


def _read(layers: Layers, path: Path, findings: Findings, environment: Mapping[str, str]) -> Config | None:
    reader = Reader(findings, environment, path.resolve().parent)
    at = Place(str(path))
    known = {field.name for field in (*spec.fields(Keys), *spec.fields(Changes))}
    changes = {field.name for field in spec.fields(Changes)}
    for key, _ in layers.keys.values():
        if key.text not in known:
            findings.fault(key.at, f"a config has no setting `{key.text}`", did_you_mean(key.text, known))
    kept = [entry for name, entry in layers.keys.items() if name in known - changes]
    keys = reader.struct(Keys, kept, at, "a config")
    reader.plugins = () if keys is BROKEN else keys.plugins
    steps = _steps(layers, at, findings, reader)
    if findings.faults or keys is BROKEN:
        return None
    given = {field.name: getattr(keys, field.name) for field in spec.fields(Keys)}
    given["name"] = keys.name or path.stem
    return Config(**given, path=path, steps=steps, hash=_hash(given, steps), warnings=tuple(findings.warnings))


def _steps(layers: Layers, at: Place, findings: Findings, reader: Reader) -> tuple[Step, ...]:
    """The steps, read; whether they fit each other is asked only if nothing else is wrong with them."""
    if not layers.steps:
        if layers.whole:
            key = layers.keys.get("pipeline")
            findings.fault(key[0].at if key else at, "the pipeline has no steps", "" if key else "write `pipeline:`")
        return ()
    if len(layers.steps) > MAX_STEPS:
        findings.fault(layers.steps[MAX_STEPS].word.at, f"the pipeline has more than {MAX_STEPS} steps")
        return ()
    steps = [reader.step(each) for each in layers.steps]
    if layers.whole and BROKEN not in steps:
        graph.unfit(steps, findings)
    return tuple(steps)


def _hash(given: Mapping[str, Any], steps: Sequence[Step]) -> str:
    meaning = {**given, "name": "", "steps": steps}
    return hashlib.sha256(msgspec.json.encode(_meaning(meaning), order="deterministic")).hexdigest()[:12]


def _meaning(value: Any) -> Any:
    """What a value means, as plain data: of a secret its hash, of a file that of its content."""
    if isinstance(value, Secret):
        return hashlib.sha256(value.reveal().encode("utf-8", "surrogatepass")).hexdigest()
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest()
    if isinstance(value, Step):
        return [value.word, _meaning(value.settings)]
    if isinstance(value, Enum):
        return _meaning(value.value)
    if isinstance(value, msgspec.Struct):
        return {name: _meaning(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): _meaning(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return [_meaning(each) for each in value] if isinstance(value, list | tuple) else value
