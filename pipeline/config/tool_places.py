"""The places in tools' texts that no value is ever known for: `{nam}` would be nothing to a service or a caller."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.arguments import Template
from pipeline.config.findings import Findings
from pipeline.config.rules import place_of
from pipeline.config.tool_checks import Made
from pipeline.faults import clipped, did_you_mean
from pipeline.tool import OF_CALL, Tool


def unknown_places(made: Sequence[Made], findings: Findings) -> None:
    """Note the places that are no argument of their tool, nothing that a tool collects, and nothing of the call."""
    collected = {name for each in made for tool in each.tools for name in tool.collects}
    # A file of Python may collect values under any name: of its config's places only a slip of the pen can be told.
    is_open = any(each.item.module for each in made)
    for each in made:
        for tool in each.tools:
            _judge(tool, each, (*tool.arguments.names, *sorted(collected), *OF_CALL), is_open, findings)


def _judge(tool: Tool, made: Made, known: Collection[str], is_open: bool, findings: Findings) -> None:
    for path, text in tool.settings.templates():
        if path == "confirm":  # has arguments alone, and is checked with them
            continue
        for name, _ in Template(text).places:
            hint = did_you_mean(name, known)
            if name in known or name.partition(".")[0] in known or (is_open and not hint):
                continue
            at = place_of(path, made.nodes) or made.at
            told = f"`{path}` has {{{clipped(name)}}}, which `{tool.name}` does not take and no tool collects"
            findings.fault(findings.within(at, f"{{{name}"), told, hint or f"there are {', '.join(known)}")
