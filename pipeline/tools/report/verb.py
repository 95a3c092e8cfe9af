"""`report`: recorded calls on a page each."""

from __future__ import annotations

from pipeline.tools.report.options import ReportOptions
from pipeline.tools.verb import verb


@verb(example="report calls/2026-11-22/CA0123456789abcdef0123456789abcdef --out call.html")
def report(options: ReportOptions) -> int:
    """A recorded call on one page: its sound, words, times and faults."""
    from pipeline.tools.report.pages import pages

    return pages(options)
