"""The map of the rooms in docs/architecture.md: each package and module with the first sentence of its docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docs.drawings.trace import ROOT
from tests.house.measures import LAYERS

PAGE = ROOT / "docs/architecture.md"
BEGIN, END = "<!-- rooms: written by `make docs` -->", "<!-- end of rooms -->"


def page() -> str:
    """Return the page with its map as the docstrings have it now."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{rooms()}\n{END}{rest.split(END)[1]}"


def rooms() -> str:
    """Return the map as Markdown: the layers, then `pipeline` with all its rooms, `processors` and `abilities`."""
    layers = " → ".join(", ".join(f"`{room}`" for room in layer) for layer in LAYERS)
    told = f"A room imports from its own layer and from those before it: {layers}.\n\n"
    return told + "\n".join(line for name in ("pipeline", "processors", "abilities") for line in _table(ROOT / name))


def _table(folder: Path) -> Iterator[str]:
    yield f"| in `{folder.name}/` | holds |"
    yield "| --- | --- |"
    for path in sorted(_places(folder)):
        told = sentence(path)
        name = path.relative_to(folder).as_posix().replace("__init__.py", "").removesuffix(".py")
        yield f"| `{name}` | {told} |"
    yield ""


def _places(folder: Path) -> Iterator[Path]:
    """The modules directly in a folder and every package below it, but not the modules inside those."""
    for path in folder.rglob("*.py"):
        is_room = path.name == "__init__.py"
        if (path.parent == folder) != is_room and (not is_room or sentence(path)):
            yield path


def sentence(path: Path) -> str:
    """The first sentence of a module's docstring, in one line; empty if it has none."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = re.split(r"(?<=[.:])\s*\n\s*\n", text, maxsplit=1)[0]
    return " ".join(re.split(r"(?<=\.)\s", " ".join(first.split()), maxsplit=1)[0].split()).replace("|", "\\|")
