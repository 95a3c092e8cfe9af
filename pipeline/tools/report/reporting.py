"""`report`: writes the page of a recorded call."""

from __future__ import annotations

from pathlib import Path

from pipeline.faults import KavError
from pipeline.tools.report.kept import read
from pipeline.tools.report.page import page
from pipeline.tools.report.story import told


def report(folder: Path, out: Path | None, sound: bool) -> int:
    """Write the report of a record, beside it unless told, and say where; returns the exit code."""
    kept = read(folder)
    path = out or folder / "report.html"
    html = page(kept, told(kept), sound)
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None
    print(f"{path}: {kept.seconds:.1f} s of call, {len(html.encode()) / 1000:.0f} kB")
    return 0
