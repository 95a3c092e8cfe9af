"""The config that answered a call, compared with its file as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config import load
from pipeline.config.loading import own
from pipeline.faults import ConfigError
from pipeline.records.plugins import has_run_here


def config_now(about: Mapping[str, Any]) -> str:
    """Return a sentence that compares the hash of a call's config with the one that its file has now.

    Blank if the record does not name a config, or its file is gone. A record may come from anybody: a config that would
    run plug-ins that have never run here is not loaded. Blocks for as long as the config takes to load.
    """
    path, then = Path(str(about.get("path") or "")), about.get("hash")
    try:
        if not then or not path.is_file():
            return ""
        if not all(map(has_run_here, own(path).files.values())):
            return f"not compared: {path} names plug-ins that never ran here"
        now = load(path).hash
    except ConfigError as error:
        return f"{path} cannot be loaded now: {len(error.faults)} faults"
    except (OSError, ValueError) as error:
        return f"{path} cannot be read now: {error}"
    return "the same now" if now == then else f"now {now}: the file, a variable or a change by options differs"
