"""The work after a call beside the steps of its config: the step whose model is asked, and the folder of its events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pipeline.catalog import capability
from pipeline.catalog.spec import Step
from pipeline.config.after_settings import AfterSettings
from pipeline.config.drafts import Entry
from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Mapping
from pipeline.faults import clipped, did_you_mean
from pipeline.providers.writing import writes

FOLDER = "outbox"


def model_of(settings: AfterSettings, steps: Sequence[Step]) -> Step | None:
    """Return the step whose model is asked after a call; None if no step has the name."""
    return next((each for each in steps if settings.model in (each.word, capability(each.word))), None)


def asked(settings: AfterSettings, entry: Entry | None, steps: Sequence[Step], findings: Findings) -> None:
    """Note a fault if `after.with` names no step that has a model to be asked."""
    if entry is None or not settings.model:
        return
    fields = entry[1].entries if isinstance(entry[1], Mapping) else ()
    at = next((value.at for key, value in fields if key.text == "with"), entry[0].at)
    step = model_of(settings, steps)
    if step is None:
        known = [each.word for each in steps if writes(each.kind)]
        hint = did_you_mean(settings.model, known) or (f"there is {', '.join(known)}" if known else "")
        findings.fault(at, f"no step `{clipped(settings.model)}` in the pipeline", hint)
    elif not writes(step.kind):
        findings.fault(at, f"`{step.word}` cannot be asked after a call", "a chat model can, e.g. llm.openai")


def located(settings: AfterSettings, outputs: Path) -> AfterSettings:
    """Return the settings with the folder of events, if there are receivers and it is not given."""
    if not settings.send or settings.folder:
        return settings
    return msgspec.structs.replace(settings, folder=str((outputs / FOLDER).absolute()))
