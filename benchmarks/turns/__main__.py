"""Turn-taking on real voices: play labelled telephone audio through a config in virtual time, and print a table.

    python -m benchmarks.turns SET [--config CONFIG] [--vad silero|energy] [--scene NAME …] [--peer pipecat]

docs/turn-taking.md says what each row means, and how to make a set. The same set, config and options print the same
text, byte for byte. Exit code: 0 played, 1 the config has faults, 2 used wrongly or a broken set.
"""

from __future__ import annotations

import argparse
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from loguru import logger

from benchmarks.turns import clips, peer, table
from benchmarks.turns.cast import Cast
from benchmarks.turns.clips import ClipSet
from benchmarks.turns.playing import Order, lacks, played, vad_of
from benchmarks.turns.rows import ROWS, Row
from benchmarks.turns.stand_ins import book
from benchmarks.turns.table import Report
from pipeline.faults import KavError, UsageError

CONFIG = "configs/maximus_he.yaml"
PEERS = ("pipecat",)


def main(argv: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    options = _parser().parse_args(argv)
    logger.remove()
    try:
        report = _measured(options)
    except KavError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    print(table.as_json(report) if options.json else table.as_text(report))
    return 0


def _parser() -> argparse.ArgumentParser:
    names = ", ".join(row.name for row in ROWS if not row.name.startswith("sweep "))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.turns", description=str(__doc__).splitlines()[0],
        epilog=f"scenes: {names}, sweep",
    )  # fmt: skip
    parser.add_argument("set", type=Path, metavar="SET", help="the folder of labelled audio")
    parser.add_argument("--config", default=CONFIG, help="the config to play it through (default: %(default)s)")
    parser.add_argument("--vad", choices=("silero", "energy"), help="another vad than the config's own")
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="STEP.FIELD=VALUE",
                        help="change a setting of the config; may be given several times")  # fmt: skip
    parser.add_argument("--scene", nargs="+", action="extend", metavar="NAME",
                        help="only these rows of the table; * and ? stand for any letters")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="every clip, where else a sample is taken")
    parser.add_argument("--peer", choices=PEERS, action="append", default=[], help="the same sound for a peer")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--processes", type=int, choices=range(1, 65), metavar="N", default=2,
                        help="how many play at a time (default: %(default)s)")  # fmt: skip
    return parser


def _measured(options: argparse.Namespace) -> Report:
    held = clips.read(options.set)
    chosen = _chosen(options.scene)
    by_name = {row.name: row for row in ROWS}
    order = Order(str(options.set), options.config, (), tuple(options.changes), options.vad or "", options.all)
    left_out = {name: why for name in chosen if (why := _lacking(by_name[name], held, order))}
    rows = tuple(name for name in chosen if name not in left_out)
    order = msgspec.structs.replace(order, rows=rows)
    found = played(order, options.processes)
    left_out |= {name: "the set has no such clips" for name, scenes in found.items() if not scenes}
    summed = {name: by_name[name].sum_up(scenes) for name, scenes in found.items() if scenes}
    if any(name.startswith("sweep ") for name in summed):
        summed["curve"] = table.curve(summed)
    asked = {name: peer.pipecat(Cast(held, options.all), book(str(options.set)), rows) for name in options.peer}
    return Report(_about(options, held, order), summed, left_out, asked)


def _chosen(patterns: list[str] | None) -> list[str]:
    """Return the names of the rows that match. Raises UsageError for a pattern that matches none."""
    names = [row.name for row in ROWS]
    wanted = [it if it != "sweep" else "sweep *" for it in patterns or ["*"]]
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"`{pattern}` is no scene; they are in `python -m benchmarks.turns --help`")
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]


def _lacking(row: Row, held: ClipSet, order: Order) -> str:
    """Return the reason why a row cannot be played; blank if it can."""
    if kinds := row.lacks(held):
        return f"the set has no {' and no '.join(f'{kind}.json' for kind in kinds)}"
    field = lacks(order, row.variant)
    return f"the config has no {field}" if field else ""


def _about(options: argparse.Namespace, held: ClipSet, order: Order) -> dict[str, Any]:
    counts = {kind: len(held[kind]) for kind in clips.KINDS if held[kind]}
    return {
        "config": options.config, "changes": list(options.changes), "vad": vad_of(order), "all": options.all,
        "clips": counts,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
