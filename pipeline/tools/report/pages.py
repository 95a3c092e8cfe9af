"""`report`: write the pages of recorded calls."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.faults import KavError, UsageError
from pipeline.records.selection import selected
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import progress, say
from pipeline.tools.report.config_now import config_now
from pipeline.tools.report.options import ReportOptions
from pipeline.tools.report.page import page
from pipeline.tools.report.record import read


def pages(options: ReportOptions) -> int:
    """Write a page for each call, and print its path; return the exit code, 1 if none could be written.

    Raises UsageError if `--out` is for several calls, KavError if the only page cannot be written.
    """
    folders = selected(options.calls)
    if len(folders) == 1:
        print(_written(folders[0], options.out or folders[0] / "report.html", options.sound))
        return 0
    if options.out is not None:
        raise UsageError(f"--out writes the page of one call, and these are {len(folders)}")
    made = 0
    with progress(len(folders), "calls") as bar:
        for folder in folders:
            try:
                say(_written(folder, folder / "report.html", options.sound), sys.stdout)
                made += 1
            except KavError as error:
                say(error.painted(paint_on(sys.stderr)))
            bar.advance()
    return 0 if made else 1


def _written(folder: Path, path: Path, sound: bool) -> str:
    record = read(folder)
    html = page(record, sound=sound, config_now=config_now(record.about)).html
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None
    return f"{path}: {record.seconds:.1f} s of call, {len(html.encode()) / 1000:.0f} kB"
