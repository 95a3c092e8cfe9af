"""`diagnose`: find where the calls of a log stopped."""

from __future__ import annotations

from pipeline.tools.diagnose.options import DiagnoseOptions
from pipeline.tools.verb import verb


@verb(example="diagnose agent.log")
def diagnose(options: DiagnoseOptions) -> int:
    """Find where each call of a log stopped, with the lines that show it and advice."""
    from pipeline.tools.diagnose.diagnosis import diagnose

    return diagnose(options.log, options.as_json)
