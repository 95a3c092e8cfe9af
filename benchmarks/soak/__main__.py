"""Soak a server with calls, and fail if something is left behind or a call is hurt.

    python -m benchmarks.soak --calls 500
    python -m benchmarks.soak --bench --calls 10000
    python -m benchmarks.soak --faults --minutes 60 --calls 40

`batches` describes the first two, `faults` the third.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from loguru import logger

from benchmarks.soak import batches, faults

CALLS, AT_ONCE, FAULTY_CALLS = 500, 20, 40


def main() -> None:
    """Soak, print, and exit with 1 if a bound was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=str(__doc__).splitlines()[0])
    parser.add_argument(
        "--calls", type=int, help=f"altogether ({CALLS}); with --faults the calls at a time ({FAULTY_CALLS})"
    )
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls at a time (default: %(default)s)")
    parser.add_argument("--bench", action="store_true", help="short calls, and no providers")
    parser.add_argument("--faults", action="store_true", help="faults beside calls that must not notice")
    parser.add_argument("--minutes", type=float, default=60.0, help="of a soak with faults (default: %(default)s)")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between faults (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults' order (default: %(default)s)")
    parser.add_argument("--only", default="", help="faults whose name has this word alone")
    parser.add_argument("--folder", type=Path, help="keep configs, records and the log here (default: nowhere)")
    options = parser.parse_args()
    logger.remove()
    if options.faults:
        calls = FAULTY_CALLS if options.calls is None else options.calls
        plan = faults.Plan(options.minutes, calls, options.every, options.seed, options.only)
        sys.exit(faults.soak(plan, options.folder))
    soak = batches.without_providers if options.bench else batches.with_providers
    sys.exit(soak(options.calls or CALLS, options.at_once))


if __name__ == "__main__":
    main()
