"""The checks of a config's transfers that no tool can make alone: its own numbers, and a voice for the briefing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.catalog import capability
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItem
from pipeline.config.findings import Findings
from pipeline.config.several_configs import number


def transfers(items: Iterable[ToolItem], numbers: Sequence[str], steps: Sequence[Step], findings: Findings) -> None:
    """Note transfers to a number of the config itself, and briefings that no voice of the config can speak."""
    own = set(map(number, numbers))
    has_voice = any(capability(step.word) == "tts" for step in steps)
    for item in items:
        found = [each for tool in item.tools() for each in tool.destinations.values()]
        for each in found:
            if number(each.number) in own:
                text = f"`{each.name}` has a number of this config: the caller would come back to the agent"
                findings.fault(item.place, text, "give the number of a person")
        if any(each.accept for each in found) and not has_voice:
            text = f"`{item.word}` briefs in Twilio's voice: the pipeline has none"
            findings.warn(item.place, text, "add a `tts` step, or say `accept: none`")
