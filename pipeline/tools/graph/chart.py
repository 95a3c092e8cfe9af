"""`graph`: a config's chain as nodes and edges, and these as Mermaid text.

A link has the frames that arrive there and that a step further down takes. A control goes back, from the step that
raises it to each step above that hears it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.catalog import Steps, spec
from pipeline.catalog.spec import Field, Step
from pipeline.config import Config, frame_flow
from pipeline.config.writing import written
from pipeline.faults import clipped, printable
from pipeline.settings import Secret

SETTINGS = 4  # shown of a step
LONGEST = 30  # characters shown of a value


class Node(NamedTuple):
    """A step: its word, its required and changed settings, and its fallbacks' words."""

    word: str
    settings: tuple[tuple[str, str], ...]  # names and values
    spares: tuple[str, ...]


class Link(NamedTuple):
    """The frames from a node to the next one: those that the node gives or relays, and those that only pass it."""

    gives: tuple[str, ...]
    passes: tuple[str, ...]


class Back(NamedTuple):
    """Controls that a node raises and one above it hears; both by index."""

    raiser: int
    hearer: int
    controls: tuple[str, ...]


class Chart(NamedTuple):
    """A chain to draw; `links[i]` leads from node i to node i + 1."""

    name: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    backs: tuple[Back, ...]


def chart(config: Config) -> Chart:
    """Return the chart of a config's chain."""
    links = [_link(step, kinds) for step, kinds in zip(config.steps, frame_flow.links(config.steps), strict=False)]
    return Chart(config.name, tuple(map(_node, config.steps)), tuple(links), tuple(_backs(config.steps)))


def settings(step: Step) -> list[tuple[str, str]]:
    """Return the required and changed settings of a step, each with its value in one line: `•••` for a secret."""
    fields = [field for field in spec.fields(step.kind.Settings) if _told(field, step)]
    return [(field.name, _shown(field, getattr(step.settings, field.attribute))) for field in fields]


def mermaid(drawn: Chart) -> str:
    """Return the chain as a Mermaid flowchart. Source: https://mermaid.js.org/syntax/flowchart.html, "Entity codes"."""
    lines = ["flowchart TD"]
    for at, node in enumerate(drawn.nodes, 1):
        shown = "<br>".join(map(_escaped, (node.word, *(f"{name}: {value}" for name, value in node.settings))))
        lines.append(f'    s{at}["{shown}"]')
        for number, spare in enumerate(node.spares, 1):
            lines.append(f'    s{at}f{number}(["{_escaped(spare)}"])')
    for at, link in enumerate(drawn.links, 1):
        lines.append(f'    s{at} -->|"{"<br>".join((*link.gives, *link.passes))}"| s{at + 1}')
    for back in drawn.backs:
        lines.append(f'    s{back.raiser + 1} -.->|"{"<br>".join(back.controls)}"| s{back.hearer + 1}')
    for at, node in enumerate(drawn.nodes, 1):
        ends = [f"s{at}", *(f"s{at}f{number}" for number in range(1, len(node.spares) + 1))]
        lines += [f'    {one} ---|"fallback"| {other}' for one, other in itertools.pairwise(ends)]
    return "\n".join(lines) + "\n"


def _node(step: Step) -> Node:
    told = tuple((name, clipped(value, LONGEST)) for name, value in settings(step)[:SETTINGS])
    return Node(step.word, told, tuple(each.word for each in spec.fallbacks(step)))


def _told(field: Field, step: Step) -> bool:
    value = getattr(step.settings, field.attribute)
    return field.required or (value != field.default and spec.inner(field.type)[0] != Steps)


def _shown(field: Field, value: Any) -> str:
    if isinstance(value, Secret):
        return str(value)
    text = value if isinstance(value, str) and value else written(value, field.type)
    text = value.name if isinstance(value, Path) else text
    return printable(" ".join(text.split()))


def _link(step: Step, kinds: Iterable[type]) -> Link:
    own = (*spec.gives(step.kind), *step.kind.relays)
    names = {kind.__name__: kind in own for kind in kinds}
    return Link(*(tuple(name for name, given in names.items() if given is side) for side in (True, False)))


def _backs(steps: Sequence[Step]) -> Iterable[Back]:
    for raiser, step in enumerate(steps):
        raised = [kind for kind in step.kind.gives if kind not in spec.gives(step.kind)]
        for hearer in range(raiser - 1, -1, -1):
            heard = [kind.__name__ for kind in raised if kind in spec.hears(steps[hearer].kind)]
            if heard:
                yield Back(raiser, hearer, tuple(heard))


def _escaped(text: str) -> str:
    """Return text for Mermaid's quotes, with its special characters as entity codes."""
    return "".join(f"#{ord(char)};" if char in '"#<>&`\\' else char for char in text)
