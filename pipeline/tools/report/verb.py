"""`report`: a recorded call on one page."""

from __future__ import annotations

from pipeline.faults import KavError
from pipeline.tools.report.options import ReportOptions
from pipeline.tools.verb import verb


@verb(example="report calls/2026-11-22/CA0123456789abcdef0123456789abcdef --out call.html")
def report(options: ReportOptions) -> int:
    """A recorded call on one page: its sound, words, times and faults."""
    from pipeline.tools.report.page import page
    from pipeline.tools.report.record import read
    from pipeline.tools.report.summary import summarise

    record = read(options.folder)
    path = options.out or options.folder / "report.html"
    html = page(record, summarise(record), options.sound)
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None
    print(f"{path}: {record.seconds:.1f} s of call, {len(html.encode()) / 1000:.0f} kB")
    return 0
