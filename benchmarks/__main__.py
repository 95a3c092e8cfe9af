"""Density and latency, next to Pipecat and a bare loop.

python -m benchmarks run [--quick]     measure, and write docs/performance.md (not with --quick)
python -m benchmarks report            write it anew from what was measured
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from loguru import logger

from benchmarks.bench import environment, page, plan, results, verdict
from benchmarks.bench.running import Bench
from pipeline.faults import KavError, UsageError

FOLDER = environment.ROOT / "benchmarks/results"
PAGE = environment.ROOT / "docs/performance.md"


def main() -> int:
    """Run one verb; 0 done, 1 failed, 2 used wrongly."""
    logger.remove()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or the server under test would stay
    options = _parser().parse_args()
    try:
        (_run if options.verb == "run" else _report)(options)
    except KavError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=str(__doc__).splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="measure")
    run.add_argument("--quick", action="store_true", help="four minutes: 1, 30 and 100 calls, once")
    run.add_argument("--fresh", action="store_true", help="begin anew, rather than go on (--quick always does)")
    run.add_argument("--calls", type=_calls, metavar="N,N…", help="how many calls at a time, for each server")
    run.add_argument("--servers", nargs="+", choices=plan.SERVERS, default=plan.SERVERS, help="only these")
    run.add_argument("--repeats", type=int, help="how often each is measured (default: 3, 1 with --quick)")
    run.add_argument(
        "--patience", type=float, default=60, help="minutes in all to wait for a quiet machine (default: 60)"
    )
    report = verbs.add_parser("report", help="write the page anew")
    for verb in (run, report):
        verb.add_argument("--out", type=Path, help="the file of results (default: one in benchmarks/results)")
        verb.add_argument("--page", type=Path, default=PAGE, help="the page that shows them")
    return parser


def _calls(text: str) -> list[int]:
    numbers = [int(number) for number in text.split(",")]
    if min(numbers) < 1:
        raise ValueError
    return numbers


def _run(options: argparse.Namespace) -> None:
    quick = options.quick
    file = options.out or FOLDER / ("quick.jsonl" if quick else "full.jsonl")
    if options.fresh or quick:
        file.unlink(missing_ok=True)
    loads = plan.loads(options.servers, options.calls or (), quick)
    repeats = options.repeats or (1 if quick else 3)
    bench = Bench(file, quick, repeats, loads, 0 if quick else options.patience * 60)
    found = bench.run()
    figures = page.render(found, PAGE.stem)
    file.with_suffix(".md").write_text(figures + "\n", encoding="utf-8")
    print(f"\n{figures}\n\n{file}: {verdict.summary(found.runs)}")
    if not quick:
        _show(found, file, options.page)
    if bench.failed:
        raise KavError(f"{len(bench.failed)} measurements failed, see above; the same command makes them again")


def _report(options: argparse.Namespace) -> None:
    file = options.out or FOLDER / "full.jsonl"
    try:
        found = results.read(file)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if found is None:
        raise UsageError(f"there is no {file}: it is made by `python -m benchmarks run`")
    _show(found, file, options.page)


def _show(found: results.Results, file: Path, onto: Path) -> None:
    page.write(onto, found)
    environment.ready()
    folder = onto.with_suffix("")
    drawing = [str(environment.PYTHON), "-m", "benchmarks.bench.charts", str(file.resolve()), str(folder.resolve())]
    done = subprocess.run(drawing, cwd=environment.ROOT, capture_output=True, text=True)
    if done.returncode:
        raise KavError(f"the charts could not be drawn: {done.stderr.strip()}")
    print(f"{onto} and its charts are written.")


if __name__ == "__main__":
    sys.exit(main())
