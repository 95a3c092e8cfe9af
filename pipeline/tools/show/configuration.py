"""docs/configuration.md: the variables that Kav and its shipped configs read, and the keys of a config."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.config import shipped
from pipeline.config.findings import Findings
from pipeline.config.toplevel import Changes, Keys, RecordSettings, ServerSettings
from pipeline.config.yaml.nodes import Mapping, Node, Scalar, Sequence
from pipeline.config.yaml.tree import read_file
from pipeline.config.yaml.variables import defaults
from pipeline.environment.variables import SWITCH, VARIABLES
from pipeline.tools.show.reference import cell, table

_HEAD = f"""\
# The configuration

Every variable of the environment and every key of a config. `make docs` writes this page from the code's declarations
and from the shipped configs (`python run.py list --configuration`). [The processors](processors.md) have the settings
of each step.

## Variables

A config takes a variable with `${{NAME}}`, or with `${{NAME:-text}}`, where the text stands for a variable that is
unset or blank. White space around a value is dropped. A switch may be {SWITCH}, in any case of letters; in the YAML
itself it is `true` or `false`.

A key loses the white space, quotes, invisible characters and the word `Bearer` that copying leaves around it, with a
warning that names the variable. White space inside a key, or a letter outside ASCII, is a fault. A placeholder such
as `your-key-here` is a warning.

### `.env`

Every verb reads the file `.env` of the working directory, if there is one, and prints the number of variables in it.
`--env-file FILE` names another, before or after the verb; KAV_ENV_FILE does the same, and blank reads none. **The
environment goes before the file**, also where a variable is set and blank: `OPENAI_API_KEY= python run.py …` turns
one off for a run. The file is read once, at the start; worker processes inherit its variables.

    # .env
    TWILIO_AUTH_TOKEN=0123456789abcdef0123456789abcdef
    export PUBLIC_BASE_URL="https://agent.example.com"
    GOOGLE_APPLICATION_CREDENTIALS_JSON='{{"type": "service_account", …}}'

Values may stand in quotes, and then have several lines; `# …` after white space is a comment; `${{…}}` is not filled
in. A line that cannot be read is a warning with its place, and costs no other line.

### Read by Kav itself

| variable | kind | default | | read by |
| --- | --- | --- | --- | --- |
"""


class Named(NamedTuple):
    """A variable of a config: its name, its default, the text around it, the setting that it fills, and its doc."""

    name: str
    default: str
    unit: str
    setting: str
    doc: str


def page() -> str:
    """Return docs/configuration.md."""
    rows = (
        (f"`{each.name}`", each.kind, f"`{each.default}`" if each.default else "-", each.doc, each.read_by)
        for each in VARIABLES
    )
    parts = [_HEAD + "\n".join(map(_row, rows)), "\n### Read by the shipped configs\n", *_shipped()]
    parts += ["\n## Keys of a config\n", "At the top level:", *table(Keys)]
    parts += ["\nThe keys that make the steps, or change another config:", *table(Changes)]
    return "\n".join([*parts, ""])


def _shipped() -> Iterator[str]:
    found: dict[Named, list[str]] = defaultdict(list)
    for name in shipped.names():
        for each in dict.fromkeys(variables(shipped.FOLDER / f"{name}.yaml")):
            found[each].append(name)
    yield "| variable | default | unit | fills | | configs |\n| --- | --- | --- | --- | --- | --- |"
    for each, names in sorted(found.items()):
        default = f"`{each.default}`" if each.default else "-"
        yield _row((f"`{each.name}`", default, each.unit, f"`{each.setting}`", each.doc, ", ".join(names)))


def variables(path: Path) -> Iterator[Named]:
    """Yield the variables that a config names, in the order of the file."""
    root = read_file(path, path.name, Findings())
    for key, node in root.entries if isinstance(root, Mapping) else ():
        if key.text == "pipeline" and isinstance(node, Sequence):
            for item in node.items:
                yield from _step(item)
        elif isinstance(node, Mapping) and key.text in ("server", "record"):
            kind: type[msgspec.Struct] = ServerSettings if key.text == "server" else RecordSettings
            yield from _filled(node, key.text, kind)
        else:
            docs = {field.name: field.doc for field in spec.fields(Keys)}
            yield from _named(node, key.text, docs.get(key.text, ""))


def _step(item: Node) -> Iterator[Named]:
    if isinstance(item, Mapping) and item.entries[0][0].text in catalog.words():
        word, settings = item.entries[0]
        yield from _filled(settings, word.text, catalog.find(word.text).Settings)


def _filled(node: Node, prefix: str, kind: type[msgspec.Struct]) -> Iterator[Named]:
    docs = {field.name: field.doc for field in spec.fields(kind)}
    for key, value in node.entries if isinstance(node, Mapping) else ():
        yield from _named(value, f"{prefix}.{key.text}", docs.get(key.text, ""))


def _named(node: Node, setting: str, doc: str) -> Iterator[Named]:
    if isinstance(node, Scalar):
        unit = node.text.rpartition("}")[2]
        yield from (Named(name, default or "", unit, setting, doc) for name, default in defaults(node).items())
    for each in node.items if isinstance(node, Sequence) else ():
        yield from _named(each, setting, doc)
    for key, value in node.entries if isinstance(node, Mapping) else ():
        yield from _named(value, f"{setting}.{key.text}", doc)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(cell, cells)) + " |"
