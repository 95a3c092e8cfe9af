"""Compare what one minute of a call takes with what it took, or write that anew.

    python -m benchmarks.guard
    python -m benchmarks.guard --write "the pacer asks the clock twice, to send on a finer grid"

No clock is involved. Exit code 1: more than 5 % over what the baseline says.
"""

from __future__ import annotations

import argparse
import sys

from loguru import logger

from benchmarks.guard import baseline
from benchmarks.guard.counting import count

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def main() -> int:
    """Count, compare, say."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.guard", description="Count what a minute of call takes."
    )
    parser.add_argument("--write", metavar="WHY", help="hold to the new counts from now on, and say why")
    why = parser.parse_args().write
    if why is not None and not why.strip():
        parser.error("--write needs a reason: it stays in the file for whoever wonders")
    logger.remove()
    counts = count()
    if why is not None:
        baseline.write(counts, why.strip(), VERSION)
    known = baseline.read().get(VERSION)
    if known is None:
        print(f"no baseline for Python {VERSION}: nothing was judged; one is written by --write WHY")
        return 0
    holds, lines = baseline.verdict(counts, known.counts)
    print("\n".join(lines))
    if not holds:
        print(f"more than {baseline.LIMIT:.0%} above the baseline: if that is meant, say why with --write WHY")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
