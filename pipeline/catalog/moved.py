"""The names that plug-ins imported from another module in an earlier layout, and their modules now."""

from __future__ import annotations

import re

NAMES = {
    "pipeline.processor.StepSettings": "pipeline.settings",
    "pipeline.processor.doc": "pipeline.settings",
}
MODULES = {
    "pipeline.breaker": "pipeline.providers.breaker",
    "pipeline.conversation": "pipeline.llm",
    "pipeline.limiter": "pipeline.providers.quota",
    "pipeline.model": "pipeline.llm",
    "pipeline.phrases": "pipeline.tts.shared",
    "pipeline.pieces": "pipeline.text",
    "pipeline.playout": "processors.pacer.playout",
    "pipeline.probe": "pipeline.providers.probe",
    "pipeline.spec": "pipeline.catalog; `Duration`, `Secret` and `FilePath` are in pipeline.settings",
    "pipeline.studio": "pipeline.tts",
    "pipeline.virtual": "pipeline.loop.virtual",
    "pipeline.wire": "pipeline.twilio.messages",
}


def hint(error: ImportError) -> str:
    """Return a sentence on the new place of the name that could not be imported; empty if it never was another."""
    if isinstance(error, ModuleNotFoundError):
        place = MODULES.get(error.name or "")
        return f"`{error.name}` is now {place}" if place else ""
    found = re.match(r"cannot import name '(\w+)'", error.msg)
    place = NAMES.get(f"{error.name}.{found[1]}") if found else None
    return f"`{found[1]}` is now in {place}" if found and place else ""
