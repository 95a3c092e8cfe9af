"""The checks of a config's tools: names and descriptions, the texts read back, rights, and a step that uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.arguments import Template
from pipeline.catalog import capability
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItem
from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Node
from pipeline.faults import Place, clipped, did_you_mean
from pipeline.tool import Tool

MANY = 20  # tools: models choose worse among more
QUIET = 2.0  # seconds of silence that a caller takes for a lost line
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Made(NamedTuple):
    """An item of `tools` with the tools that it makes, its settings as written, and its place."""

    item: ToolItem
    tools: tuple[Tool, ...]
    nodes: Mapping[str, Node]
    at: Place

    def place(self, setting: str) -> Place:
        """Return the place of a setting, or of the item if the setting is not written there."""
        return self.nodes[setting].at if setting in self.nodes else self.at


def judge(made: Sequence[Made], findings: Findings, whole: bool = True) -> None:
    """Note the faults of tools, each alone and, if they are the `whole` of the config's, all together."""
    every = [(tool, each) for each in made for tool in each.tools]
    first: dict[str, Place] = {}
    for number, (tool, each) in enumerate(every, 1):
        if number == MANY + 1:
            findings.warn(each.at, f"more than {MANY} tools", "models choose worse among many: leave some out")
        if (before := first.setdefault(tool.name, each.at)) is not each.at:
            findings.fault(each.place("name"), f"a second tool `{tool.name}`: the first is at {before}", "rename one")
        _named(tool, each, findings)
        _spoken(tool, each, findings)
    if whole:
        _granted(every, findings)


def used(made: Sequence[Made], steps: Sequence[Step], findings: Findings) -> None:
    """Note tools that no step of the pipeline can use."""
    if made and not any(capability(step.word) == "llm" for step in steps):
        text = "no step of the pipeline uses tools: it has no `llm`"
        findings.fault(made[0].at, text, "add one, e.g. `llm.openai`")


def stands(made: Sequence[Made], steps: Sequence[Step], findings: Findings) -> None:
    """Note a fault at each item whose tools need a step that the pipeline has not."""
    words = {each for step in steps for each in (step.word, capability(step.word))}
    for each in made:
        for need in dict.fromkeys(need for tool in each.tools for need in tool.steps if need not in words):
            text = f"`{each.tools[0].name}` needs the step `{need}`, which the pipeline has not"
            findings.fault(each.at, text, f"put `{need}` above the model")


def _granted(every: Sequence[tuple[Tool, Made]], findings: Findings) -> None:
    """Note the rights that tools need and that no tool grants."""
    granted = {right for tool, _ in every for right in tool.settings.grants}
    for tool, each in every:
        for right in tool.settings.needs:
            if right not in granted:
                hint = did_you_mean(right, granted) or f"a tool whose success proves it has `grants: [{right}]`"
                findings.fault(each.place("needs"), f"`{tool.name}` needs `{right}`, which no tool grants", hint)


def _named(tool: Tool, made: Made, findings: Findings) -> None:
    if not NAME.fullmatch(tool.name):
        text = f"`{clipped(tool.name)}` is no name of a tool"
        findings.fault(made.place("name"), text, "small letters, digits and `_`, e.g. find_listings")
    if not tool.about:
        where = "" if made.item.module else f", e.g. `about: Looks up {tool.name.rpartition('_')[2]}.`"
        text = f"`{tool.name}` has no description, by which the model knows when to use it"
        findings.fault(made.at, text, f"a docstring gives it one{where}" if made.item.module else f"say `about`{where}")
    if tool.settings.ahead and tool.is_effect:
        text = f"`{tool.name}` is an effect, and cannot be done ahead of the caller's last word"
        findings.fault(made.place("ahead"), text, "`ahead` is for tools that only read")


def _spoken(tool: Tool, made: Made, findings: Findings) -> None:
    """Judge the texts that are said for a tool."""
    settings, names = tool.settings, tool.arguments.names
    for unknown in _unknown(settings.confirm, names) if tool.arguments.are_known else ():
        at = findings.within(made.place("confirm"), f"{{{unknown}")
        findings.fault(at, f"`{tool.name}` takes no `{clipped(unknown)}`", _meant(unknown, names))
    for fault in Template(settings.confirm).faults():
        findings.fault(made.place("confirm"), f"`confirm` of `{tool.name}` {fault}")
    if settings.confirm and not tool.is_effect:
        text = f"`{tool.name}` only reads, and nothing is read back before it"
        findings.fault(made.place("confirm"), text, "if it changes something, say `effect: true`")
    if settings.confirm and names and not Template(settings.confirm).places:
        text = f"`confirm` of `{tool.name}` reads nothing back"
        findings.warn(made.place("confirm"), text, f"a place shows a value, e.g. {{{names[0]}}}")
    if tool.is_effect and settings.timeout > QUIET and not (settings.say or settings.confirm):
        text = f"`{tool.name}` may take {settings.timeout:g} s, and the caller hears nothing"
        findings.warn(made.at, text, "`say` has a sentence for it")
    for hidden in settings.hide:
        if hidden not in names and (hint := did_you_mean(hidden, names)):
            findings.warn(made.place("hide"), f"`{tool.name}` takes no `{clipped(hidden)}` that could be hidden", hint)


def _unknown(text: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name, _ in Template(text).places if name not in names)


def _meant(name: str, names: Sequence[str]) -> str:
    return did_you_mean(name, names) or (f"it takes {', '.join(names)}" if names else "it takes nothing")
