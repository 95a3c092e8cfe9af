"""The steps of the chain that answered a call, as the config in its record has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.config.findings import Findings
from pipeline.config.yaml import nodes
from pipeline.config.yaml.tree import read_file
from pipeline.records.files import CONFIG
from pipeline.tools.report.markup import soft, text


class ChainStep(NamedTuple):
    """A step: its word, its line in the config, and its settings as they stand there."""

    word: str
    line: int
    settings: str


def steps(folder: Path) -> list[ChainStep]:
    """Return the steps of a record's config, in the order of the chain; none if it cannot be read."""
    findings = Findings()
    root = read_file(folder / CONFIG, CONFIG, findings)
    entries = root.entries if isinstance(root, nodes.Mapping) else ()
    chain = next((node for name, node in entries if name.text == "pipeline"), None)
    if not isinstance(chain, nodes.Sequence):
        return []
    lines = findings.lines[CONFIG]
    starts = [item.at.line for item in chain.items]
    ends = [*(start - 1 for start in starts[1:]), len(lines)]
    return [
        ChainStep(_word(item), start, _block(lines[start - 1 : end]))
        for item, start, end in zip(chain.items, starts, ends, strict=True)
    ]


def section(chain: list[ChainStep], classes: Mapping[int, str]) -> str:
    """Return the steps as a list; `classes` are those that are known, by place."""
    if not chain:
        return soft(f"The record has no {CONFIG} that can be read.")
    rows = "".join(_step(place, it, classes.get(place, "")) for place, it in enumerate(chain))
    return f'<ol class="chain" start="0">{rows}</ol>'


def _step(place: int, it: ChainStep, kind: str) -> str:
    where = f"{kind} · {CONFIG}:{it.line}" if kind else f"{CONFIG}:{it.line}"
    title = f'<summary>{text(it.word)} <span class="soft">{text(where)}</span></summary>'
    settings = "\n".join(map(text, it.settings.split("\n")))
    return f'<li id="step-{place}"><details>{title}<pre dir="auto">{settings}</pre></details></li>'


def _word(item: nodes.Node) -> str:
    if isinstance(item, nodes.Mapping) and item.entries:
        return item.entries[0][0].text
    return item.text if isinstance(item, nodes.Scalar) else "?"


def _block(lines: list[str]) -> str:
    """Return the lines of a step: of the last one without the keys that follow the chain."""
    end = next((at for at, line in enumerate(lines) if at and line[:1].strip() and line[0] != "-"), len(lines))
    return "\n".join(lines[:end]).rstrip()
