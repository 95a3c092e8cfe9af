"""The names that plug-ins import from another place than Kav has them, and their right ones.

Plug-ins import `kav…`, which works in the repository as well; there, `pipeline…` and `processors…` work, too.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

from pipeline.installation import INSTALLED

NAMES = {  # of an earlier layout, by module and name
    "kav.processor.StepSettings": "kav.settings",
    "kav.processor.doc": "kav.settings",
}
MODULES = {  # of an earlier layout
    "kav.breaker": "kav.providers.breaker",
    "kav.limiter": "kav.providers.quota",
    "kav.model": "kav.llm",
    "kav.phrases": "kav.tts.shared",
    "kav.pieces": "kav.text",
    "kav.playout": "kav.processors.pacer.playout",
    "kav.probe": "kav.providers.probe",
    "kav.spec": "kav.catalog; `Duration`, `Secret` and `FilePath` are in kav.settings",
    "kav.studio": "kav.tts",
    "kav.virtual": "kav.loop.virtual",
    "kav.wire": "kav.twilio.messages",
}


def hint(error: ImportError) -> str:
    """Return a sentence on the right name of a module or name that could not be imported; empty if none is known."""
    asked = error.name or ""
    ours = _ours(asked)
    if isinstance(error, ModuleNotFoundError):
        if place := MODULES.get(ours):
            return f"`{asked}` is now {place}"
        return _renamed(asked, ours) if INSTALLED and asked != ours else ""
    found = re.match(r"cannot import name '(\w+)'", error.msg)
    place = NAMES.get(f"{ours}.{found[1]}") if found else None
    return f"`{found[1]}` is now in {place}" if found and place else ""


def _ours(name: str) -> str:
    """Return a module's name below `kav`, for its name in the repository; any other name as it is."""
    top, _, rest = name.partition(".")
    return f"kav{rest and '.'}{rest}" if top == "pipeline" else f"kav.{name}" if top == "processors" else name


def _renamed(asked: str, ours: str) -> str:
    """Return the hint for a module of the repository; empty if it is none, as a module of this name may be foreign."""
    try:
        found = find_spec(ours)
    except ModuleNotFoundError:
        found = None
    if found is None:
        return ""
    top = asked.partition(".")[0]
    return f"`{top}` is named `{_ours(top)}` where Kav is installed: from {ours} import …"
